"""Speed and memory of the project, beside what people would use instead: `make bench`."""
