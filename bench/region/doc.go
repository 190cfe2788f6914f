// Command region measures the registry with a region of any size in it (internal/population): an
// import's speed and memory, the disk that it takes, how fast the facts of a patient are found, and how soon
// a change is heard by every broker. docs/registry-scale.md says what was measured, and what it means for
// sixty million.
//
//	go run ./bench/region [-patients 20000] [-registry sqlite,postgres] [-brokers 8] [-rate 500] ...
//
// A registry is "sqlite" (a file that is thrown away), "postgres" (a PostgreSQL 15 that is started for
// it, waits for the disk at each commit, and is thrown away; internal/servers/install installs it), or
// the postgres:// address of an empty database of yours. The result is a table in Markdown, on
// standard output.
//
//	go run ./bench/region feed [-patients 20000] [-generation 0] [-whole]
//
// writes one of the region's feeds to standard output, for "mcr registry import".
//
// Everything shares this machine: what is measured in a second is lower, and what is measured in
// milliseconds is higher, than where brokers and database have machines of their own.
package main
