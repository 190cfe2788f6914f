// Package spool is a durable, ordered, hash-chained log of byte strings, kept in
// a directory of segment files until somebody else has them.
package spool
