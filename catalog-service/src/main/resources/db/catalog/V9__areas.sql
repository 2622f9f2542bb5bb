-- Pieces of ground that have a name, by set: communes, départements. geometry: WKB, longitude and latitude. folded: the name
-- without case and accents, as it is searched.
create table area (
    area_set varchar(64) not null,
    code varchar(64) not null,
    name varchar(256) not null,
    folded varchar(512) not null,
    geometry bytea not null,
    primary key (area_set, code)
);
create index area_by_name on area (folded, area_set, code);
