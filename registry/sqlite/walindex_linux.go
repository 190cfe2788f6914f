package sqlite

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// walIndex is the header of SQLite's WAL index (the -shm file), which all
// connections to a database share in memory: https://sqlite.org/walformat.html,
// "The WAL-Index Header".
//
// Why it may be read here. SQLite itself begins every read by comparing these 48
// bytes with those it saw last: equal means that nothing was committed since, and
// PRAGMA data_version changes exactly when they differ (walIndexTryHdr, wal.c). A
// commit becomes visible to anyone by being written into them, and holds a counter
// of commits (iChange) and running checksums, so that no two states are alike. To
// compare them costs 10 ns; the PRAGMA, two locking system calls and the
// interpreter, 5 µs: half of what a request has for all its facts.
//
// Why it is safe. Only "equal" is ever concluded from it. Whatever differs, or is
// not of the one version of the format known here, is asked of SQLite, and SQLite
// is asked once in every Options.FileCheck in any case: should it ever know of a
// change that the header did not show, the header is not used again. Our own open
// connections keep the file alive and every other process from cutting it short.
type walIndex struct {
	words *[walWords]atomic.Uint64
	file  os.FileInfo
}

const (
	walWords   = 6 // 48 bytes
	walVersion = 3007000
)

// walHeader is what the header held at one moment.
type walHeader [walWords]uint64

// A mapped file stays open and mapped while the process lives: to close any
// descriptor of it would drop the locks that SQLite holds on it in this process
// (POSIX locks belong to the process). One page and one descriptor for each
// database that was ever opened.
var walIndexes struct {
	sync.Mutex
	known []*walIndex
}

// openWALIndex maps the WAL index of an open database; nil when it cannot be had,
// in which case SQLite is asked every time.
func openWALIndex(path string) *walIndex {
	walIndexes.Lock()
	defer walIndexes.Unlock()
	info, err := os.Stat(path + "-shm")
	if err != nil || info.Size() < walWords*8*2 {
		return nil
	}
	for _, k := range walIndexes.known {
		if os.SameFile(k.file, info) {
			return k
		}
	}
	fd, err := syscall.Open(path+"-shm", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	page, err := syscall.Mmap(fd, 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil // the descriptor stays open, as above
	}
	index := &walIndex{words: (*[walWords]atomic.Uint64)(unsafe.Pointer(&page[0])), file: info}
	walIndexes.known = append(walIndexes.known, index)
	return index
}

// read gives the header, or false when it is not one that is understood here:
// another version of the format, or not initialised.
func (i *walIndex) read() (h walHeader, ok bool) {
	for n := range h {
		h[n] = i.words[n].Load()
	}
	bytes := (*[walWords * 8]byte)(unsafe.Pointer(&h))
	version := *(*uint32)(unsafe.Pointer(&h))
	return h, version == walVersion && bytes[12] == 1
}

// holds says that nothing was committed since the header was read.
func (i *walIndex) holds(h *walHeader) bool {
	for n := range h {
		if i.words[n].Load() != h[n] {
			return false
		}
	}
	return true
}

// inPlace says whether the database still has this WAL index.
func (i *walIndex) inPlace(path string) bool {
	info, err := os.Stat(path + "-shm")
	return err == nil && os.SameFile(info, i.file)
}
