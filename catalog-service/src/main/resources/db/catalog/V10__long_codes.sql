-- As long as the other texts that come with what others wrote.
alter table item alter column proj_code set data type varchar(256);
