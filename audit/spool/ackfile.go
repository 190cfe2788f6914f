package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit/spool/format"
)

// The acknowledgement stands in two files, so that one may be lost, altered or
// torn. They are written in turn, and the one that was synced last is never
// written to before the other is synced; before a segment is deleted for an
// acknowledgement it is durable in both.
//
//	0   magic    8  "MCRACKD2"
//	8   seq      8  all entries up to this one are acknowledged
//	16  reached  8  all numbers up to this one were given to entries
//	24  ended    4  ordinal of the last segment when the log was closed; 0: it is open
//	28  crc      4  CRC-32C of the 28 bytes before
//
// reached is what the log had come to when this was written. It says that the end
// of the log is gone, and that what stands there is no torn write. It only ever
// grows, so it need not be taken back. ended says that nothing came after reached.
// Nothing is written to a segment of an earlier opening, so that stays true of the
// segment with this ordinal, and says nothing once there is a later one.
//
// Version 1 was one file, with magic "MCRACKED", seq and crc, twice, a page apart.
const (
	ackMagic  = "MCRACKD2"
	ackMagic1 = "MCRACKED"
	ackLength = 32
)

var ackNames = [2]string{"acknowledged", "acknowledged-2"}

// ack is what an acknowledgement says.
type ack struct {
	seq, reached uint64
	ended        uint32
}

// What was found in place of an acknowledgement.
const (
	ackThere = iota
	ackMissing
	ackUnreadable
)

func appendAck(b []byte, a ack) []byte {
	start := len(b)
	b = append(b, ackMagic...)
	b = binary.BigEndian.AppendUint64(b, a.seq)
	b = binary.BigEndian.AppendUint64(b, a.reached)
	b = binary.BigEndian.AppendUint32(b, a.ended)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], crc32.MakeTable(crc32.Castagnoli)))
}

// parseAck reads one copy, of either version.
func parseAck(b []byte) (ack, bool) {
	if len(b) < 8 {
		return ack{}, false
	}
	end := map[string]int{ackMagic: 28, ackMagic1: 16}[string(b[:8])]
	if end == 0 || len(b) < end+4 || binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], crc32.MakeTable(crc32.Castagnoli)) {
		return ack{}, false
	}
	a := ack{seq: binary.BigEndian.Uint64(b[8:]), reached: binary.BigEndian.Uint64(b[8:])}
	if end == 28 {
		a.reached, a.ended = max(a.seq, binary.BigEndian.Uint64(b[16:])), binary.BigEndian.Uint32(b[24:])
	}
	return a, true
}

// loadAck reads the highest of what the files say. A file that cannot be read does
// no harm while the other can binary.BigEndian.
func loadAck(fs FS, dir string) (a ack, state int, err error) {
	state = ackMissing
	var errs []error
	for _, name := range ackNames {
		var b [format.Page + ackLength]byte
		n, err := readAckFile(fs, filepath.Join(dir, name), b[:])
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		errs = append(errs, err)
		for _, at := range []int{0, format.Page} {
			if one, ok := parseAck(b[min(at, n):n]); ok {
				a, state = a.with(one), ackThere
			}
		}
		if state == ackMissing {
			state = ackUnreadable
		}
	}
	if err := errors.Join(errs...); err != nil && state != ackThere {
		return ack{}, 0, fmt.Errorf("reading the acknowledgement: %w", err)
	}
	return a, state, nil
}

// with joins what two copies say: both are true.
func (a ack) with(b ack) ack {
	return ack{seq: max(a.seq, b.seq), reached: max(a.reached, b.reached), ended: max(a.ended, b.ended)}
}

func readAckFile(fs FS, name string, b []byte) (int, error) {
	f, err := fs.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ackFile writes the acknowledgement.
type ackFile struct {
	fs     FS
	dir    string
	files  []File // two, or none
	turn   int    // which to write to next
	value  ack    // last put
	closed bool
}

// put writes what is acknowledged, durable only after sync: an acknowledgement
// that a loss of power takes back costs a second delivery.
func (f *ackFile) put(a ack) error {
	if f.closed {
		return ErrClosed
	}
	if a = a.with(f.value); f.files == nil {
		return f.create(a)
	}
	if _, err := f.files[f.turn].WriteAt(appendAck(nil, a), 0); err != nil {
		f.drop()
		return err
	}
	f.value = a
	return nil
}

// sync makes what was put durable.
func (f *ackFile) sync() error {
	if f.files == nil {
		return errors.New("the acknowledgement is not open")
	}
	if err := f.files[f.turn].Sync(); err != nil {
		f.drop()
		return err
	}
	f.turn = 1 - f.turn
	return nil
}

// settle makes what was put durable in both files.
func (f *ackFile) settle() error {
	for range ackNames {
		if err := f.put(f.value); err != nil {
			return err
		}
		if err := f.sync(); err != nil {
			return err
		}
	}
	return nil
}

// drop gives up descriptors of which one failed: after an error nobody knows what
// of it is on the disk, so the next put makes the files anew.
func (f *ackFile) drop() {
	for _, file := range f.files {
		file.Close()
	}
	f.files = nil
}

// create makes each file under another name and moves it into place, the second
// when the first is durable.
func (f *ackFile) create(a ack) error {
	for _, name := range ackNames {
		file, err := f.fs.Create(filepath.Join(f.dir, name+tempEnd))
		if err != nil {
			f.drop()
			return err
		}
		f.files = append(f.files, file)
		if _, err = file.WriteAt(appendAck(nil, a), 0); err == nil {
			err = file.Sync()
		}
		if err == nil {
			err = f.fs.Rename(filepath.Join(f.dir, name+tempEnd), filepath.Join(f.dir, name))
		}
		if err == nil {
			err = f.fs.SyncDir(f.dir)
		}
		if err != nil {
			f.drop()
			return err
		}
	}
	f.value = a
	return nil
}
