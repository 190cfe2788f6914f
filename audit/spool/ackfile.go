package spool

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
)

// The acknowledgement stands in two slots, a page apart. The one that was synced
// last is never written to before the other is synced: a torn write spoils what
// costs a second delivery and nothing else, and what a deletion rested on stays.
//
//	0   magic   8  "MCRACKED"
//	8   seq     8  all entries up to this one are acknowledged
//	16  crc     4  CRC-32C of the 16 bytes before
const (
	ackName  = "acknowledged"
	ackMagic = "MCRACKED"
	ackSlot  = 20
)

// What was found in place of an acknowledgement.
const (
	ackThere = iota
	ackMissing
	ackUnreadable
)

func appendAck(b []byte, seq uint64) []byte {
	start := len(b)
	b = append(b, ackMagic...)
	b = be.AppendUint64(b, seq)
	return be.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

func parseAck(b []byte) (uint64, bool) {
	if len(b) < ackSlot || string(b[:8]) != ackMagic || be.Uint32(b[16:]) != crc32.Checksum(b[:16], castagnoli) {
		return 0, false
	}
	return be.Uint64(b[8:]), true
}

// loadAck reads the higher of the two slots.
func loadAck(fs FS, dir string) (uint64, int, error) {
	names, err := fs.List(dir)
	if err != nil {
		return 0, 0, fmt.Errorf("reading the acknowledgement: %w", err)
	}
	there := false
	for _, name := range names {
		there = there || name == ackName
	}
	if !there {
		return 0, ackMissing, nil
	}
	f, err := fs.Open(filepath.Join(dir, ackName))
	if err != nil {
		return 0, 0, fmt.Errorf("reading the acknowledgement: %w", err)
	}
	var b [page + ackSlot]byte
	n, err := f.ReadAt(b[:], 0)
	if err == io.EOF {
		err = nil
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, 0, fmt.Errorf("reading the acknowledgement: %w", err)
	}
	one, ok1 := parseAck(b[:n])
	two, ok2 := parseAck(b[min(n, page):n])
	if !ok1 && !ok2 {
		return 0, ackUnreadable, nil
	}
	return max(one, two), ackThere, nil
}

// ackFile writes the acknowledgement.
type ackFile struct {
	fs     FS
	dir    string
	file   File
	slot   int64  // to write to next
	value  uint64 // last put
	closed bool
}

// put writes seq, durable only after sync: an acknowledgement that a loss of
// power takes back costs a second delivery.
func (a *ackFile) put(seq uint64) error {
	if a.closed {
		return ErrClosed
	}
	if a.file == nil {
		return a.create(seq)
	}
	var b [ackSlot]byte
	if _, err := a.file.WriteAt(appendAck(b[:0], seq), a.slot); err != nil {
		a.drop()
		return err
	}
	a.value = seq
	return nil
}

// sync makes what was put durable.
func (a *ackFile) sync() error {
	if a.file == nil {
		return errors.New("the acknowledgement is not open")
	}
	if err := a.file.Sync(); err != nil {
		a.drop()
		return err
	}
	a.slot = page - a.slot
	return nil
}

// drop gives up a descriptor that failed: after an error nobody knows what of it
// is on the disk, so the next put makes the file anew.
func (a *ackFile) drop() {
	if a.file != nil {
		a.file.Close()
		a.file = nil
	}
}

// create makes the file under another name and moves it into place.
func (a *ackFile) create(seq uint64) (err error) {
	temp := filepath.Join(a.dir, ackName+tempEnd)
	f, err := a.fs.Create(temp)
	if err != nil {
		return err
	}
	b := make([]byte, 0, page+ackSlot)
	b = append(appendAck(b, seq), zeros[:page-ackSlot]...)
	if _, err = f.WriteAt(appendAck(b, seq), 0); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = a.fs.Rename(temp, filepath.Join(a.dir, ackName))
	}
	if err == nil {
		err = a.fs.SyncDir(a.dir)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	a.file, a.value = f, seq
	return nil
}
