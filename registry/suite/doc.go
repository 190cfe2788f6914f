// Package suite tells how a registry behaves, whatever store it is kept in: its tests run over
// SQLite, and where a PostgreSQL server can be had, over that.
package suite
