// Package sqlite keeps a registry in one file, in SQLite: the store that is embedded, and needs
// nothing installed.
//
// Several processes of one machine may open the same file. A change that one of them committed
// holds in all from the next question on: the file itself is asked, each time. There is one
// writer at a time; a commit is on the disk before it returns (WAL, synchronous FULL).
//
// The file is not encrypted, and knows NHS numbers: it is created readable by its owner alone.
package sqlite
