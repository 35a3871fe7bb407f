"""From a shop's files to clean events: recognise the columns, read, split by time."""
