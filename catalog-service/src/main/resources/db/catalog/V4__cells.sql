-- The square that an Item lies in (Cells): 0 for those that any search by place must look at, as all from before.
alter table item add column cell bigint default 0 not null;
create index item_by_cell on item (cell);
drop index item_by_longitude;
