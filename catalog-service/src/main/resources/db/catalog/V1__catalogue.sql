-- The catalogue's memory, in SQL that H2 (MODE=PostgreSQL) and PostgreSQL both take.
-- A row is the preferred one of all facts that share its key: the smaller (preference, digest) wins, so the order and
-- the number of deliveries do not matter. Times are milliseconds since 1970-01-01 UTC. Documents are JSON.

create table acquisition (
    acquisition varchar(128) not null primary key,
    preference bigint not null,
    digest varchar(64) not null,
    at_millis bigint not null,
    event text not null,
    item text not null
);

create table run (
    acquisition varchar(128) not null,
    run varchar(128) not null,
    first_millis bigint not null,
    model varchar(128),
    planned_tiles integer,
    plan text,
    primary key (acquisition, run)
);

-- stage: planned, settled, assembled
create table run_fact (
    acquisition varchar(128) not null,
    run varchar(128) not null,
    stage varchar(16) not null,
    preference bigint not null,
    digest varchar(64) not null,
    at_millis bigint not null,
    event text not null,
    primary key (acquisition, run, stage)
);

-- stage: ready, skipped, predicted, vectorized
create table tile_fact (
    acquisition varchar(128) not null,
    run varchar(128) not null,
    tile_column integer not null,
    tile_row integer not null,
    stage varchar(16) not null,
    preference bigint not null,
    digest varchar(64) not null,
    at_millis bigint not null,
    pixels bigint not null,
    wall_millis bigint not null,
    event text not null,
    primary key (acquisition, run, tile_column, tile_row, stage)
);

create table dead_letter (
    id varchar(256) not null primary key,
    acquisition varchar(128),
    run varchar(128),
    tile_column integer,
    tile_row integer,
    preference bigint not null,
    digest varchar(64) not null,
    at_millis bigint not null,
    event text not null
);
create index dead_letter_of_run on dead_letter (acquisition, run);
create index dead_letter_by_time on dead_letter (at_millis, id);

-- What STAC searches; the Item itself is built from the facts when it is asked for.
create table item (
    collection varchar(32) not null,
    id varchar(512) not null,
    acquisition varchar(128) not null,
    run varchar(128),
    tile_column integer,
    tile_row integer,
    datetime_millis bigint not null,
    west double precision not null,
    south double precision not null,
    east double precision not null,
    north double precision not null,
    primary key (collection, id)
);
create index item_by_time on item (datetime_millis, collection, id);
create index item_of_run on item (acquisition, run);
create index item_by_longitude on item (west, east);
