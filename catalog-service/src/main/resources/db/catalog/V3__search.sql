-- What filters ask about, in columns of its own. Rows of earlier versions have none of it until their event is told
-- again; they are found by their bounds, time and name as before. Names of columns: ItemField.
alter table item add column footprint bytea;
alter table item add column created_millis bigint;
alter table item add column title varchar(1024);
alter table item add column gsd double precision;
alter table item add column platform varchar(256);
alter table item add column mission varchar(256);
alter table item add column constellation varchar(256);
alter table item add column cloud_cover double precision;
alter table item add column proj_code varchar(64);
alter table item add column model varchar(256);
alter table item add column model_version varchar(256);
alter table item add column version varchar(256);
alter table item add column vintage bigint;
alter table item add column polygons bigint;
alter table item add column area_m2 double precision;
alter table item add column missing_tiles bigint;
alter table item add column kept_share double precision;
alter table item add column device varchar(256);

-- in the order in which searches give their results
drop index item_by_time;
create index item_by_time on item (datetime_millis desc, collection, id);
