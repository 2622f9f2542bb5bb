-- Models are Items without a place; runs know their model by its digest.
alter table item alter column west drop not null;
alter table item alter column south drop not null;
alter table item alter column east drop not null;
alter table item alter column north drop not null;

alter table run add column model_sha256 varchar(64);
create index run_of_model on run (model_sha256, first_millis);
