-- STAC Items that somebody wrote, of the collection "references"; what searches find them by is in item.
create table registered_item (
    id varchar(128) not null primary key,
    digest varchar(64) not null,
    document text not null
);
