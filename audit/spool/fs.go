package spool

import "io"

// FS is what the spool asks of a file system. Disk is the real one; tests put
// one in its place that fails, forgets and fills up on demand.
//
// An implementation MUST make a rename atomic, and MUST NOT return from a Sync
// or SyncDir before the data, or the names in the directory, would survive a
// loss of power.
type FS interface {
	// MakeDir makes a directory and its parents, readable by the owner only,
	// and makes their names durable. One that exists is not an error.
	MakeDir(dir string) error
	// List gives the names of the files in dir, in any order.
	List(dir string) ([]string, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
	// Edit opens a file that exists for reading and writing.
	Edit(name string) (File, error)
	// Create makes an empty file, readable by the owner only, or empties the
	// one that is there.
	Create(name string) (File, error)
	// Rename gives a file another name, replacing what had that name.
	Rename(from, to string) error
	// Remove deletes a file.
	Remove(name string) error
	// SyncDir makes the names in dir durable.
	SyncDir(dir string) error
	// Free gives the bytes that this process may still write on dir's volume.
	Free(dir string) (uint64, error)
	// Lock takes the one lock called name, or fails at once.
	Lock(name string) (io.Closer, error)
	// InPlace fails unless name still stands for f, a File or what Lock gave, and
	// the file has at least size bytes. An open file outlives its name: it can be
	// written and synced when nobody will ever find it again.
	InPlace(f io.Closer, name string, size int64) error
	// Identity gives what tells the file called name from every other. It changes
	// when another file takes the name, and when the file is written to or cut.
	Identity(name string) (string, error)
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size gives the length in bytes.
	Size() (int64, error)
	// Truncate sets the length.
	Truncate(size int64) error
	// Sync makes the content and the length durable; times need not be.
	Sync() error
}
