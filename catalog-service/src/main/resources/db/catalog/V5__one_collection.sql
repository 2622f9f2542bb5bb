-- Searches of one collection, newest first.
create index item_by_collection_and_time on item (collection, datetime_millis desc, id);
