-- Work that clients order and come back for. id: of an export a digest of what was asked for and of the map's file, so that
-- asking twice is one job. status: accepted, running, successful, failed, dismissed. Who does a job says so in owner and
-- beat_millis; a beat that stopped means that the job must be taken up by another. Documents are JSON.
create table job (
    id varchar(64) not null primary key,
    process varchar(32) not null,
    inputs text not null,
    status varchar(16) not null,
    message varchar(2048),
    done bigint default 0 not null,
    total bigint default 0 not null,
    attempts integer default 0 not null,
    owner varchar(64),
    beat_millis bigint default 0 not null,
    created_millis bigint not null,
    started_millis bigint,
    finished_millis bigint,
    result text
);
create index job_by_status on job (status, created_millis, id);
create index job_by_time on job (created_millis, id);
