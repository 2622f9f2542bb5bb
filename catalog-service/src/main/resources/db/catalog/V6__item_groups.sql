-- Where Items of one time, flight, run and model lie together: a search through time leaves out those that it cannot
-- find anything in. Bounds only grow; groups of which no Item is left do no harm. Key: ItemGroups.
create table item_group (
    name varchar(1024) not null primary key,
    collection varchar(32) not null,
    datetime_millis bigint not null,
    acquisition varchar(128) not null,
    run varchar(128),
    model varchar(256),
    west double precision,
    south double precision,
    east double precision,
    north double precision
);
create index item_group_by_time on item_group (datetime_millis);

insert into item_group (name, collection, datetime_millis, acquisition, run, model, west, south, east, north)
select collection || '/' || cast(datetime_millis as varchar) || '/' || acquisition || '/' || coalesce(run, '')
        || coalesce('/' || model, ''),
    collection, datetime_millis, acquisition, run, model,
    min(case when west > east then -180 else west end), min(south),
    max(case when west > east then 180 else east end), max(north)
from item
group by collection, datetime_millis, acquisition, run, model;

-- The plan without its tiles, which may be most of it; runs of earlier versions have none.
alter table run add column plan_head text;
