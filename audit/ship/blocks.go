package ship

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// blockFiles are the files beside a checkpoint that keep digests of all that was ever
// delivered, one or more for each chain: 80 bytes for 4,096 records, so that ten million
// records a day come to 70 MB a year. They are only ever appended to, and read in pieces.
//
//	header, 256 bytes: "MCRBLOCK" ‖ version ‖ length of name ‖ name of the chain ‖ zeros ‖ MAC
//	entry,   80 bytes: first ‖ last ‖ sum ‖ MAC of the chain's name and these
//
// Numbers are big-endian; a MAC is HMAC-SHA-256 under a key of its own. An entry whose MAC is
// not right counts as none: at the end of a file it is torn, or of before a crash, and is
// written over; elsewhere what it said is not known any more.
type blockFiles struct {
	prefix string
	key    []byte
	files  []*blockFile
}

type blockFile struct {
	path, chain string
	entries     int64
	last        uint64 // number, of the last entry
}

const (
	blockMagic  = "MCRBLOCK"
	blockHeader = 256
	blockEntry  = 80
	maxChain    = 200
	piece       = 512 // entries that are read at once
)

// openBlocks finds the files whose names begin with prefix. One whose header is not ours is
// passed over: what it says is not known.
func openBlocks(prefix string, key []byte) (*blockFiles, error) {
	b := &blockFiles{prefix: prefix, key: key}
	paths, err := filepath.Glob(prefix + "*")
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	for _, path := range paths {
		f, err := b.open(path)
		if err != nil {
			return nil, err
		}
		if f != nil {
			b.files = append(b.files, f)
		}
	}
	return b, nil
}

func (b *blockFiles) open(path string) (*blockFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	head := make([]byte, blockHeader)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, nil // torn while it was made: nothing is in it
	}
	chain, ok := b.readHeader(head)
	if !ok {
		return nil, nil
	}
	one := &blockFile{path: path, chain: chain, entries: (info.Size() - blockHeader) / blockEntry}
	for ; one.entries > 0; one.entries-- {
		entry := make([]byte, blockEntry)
		if _, err := f.ReadAt(entry, blockHeader+(one.entries-1)*blockEntry); err != nil {
			return nil, err
		}
		if d, ok := b.parse(chain, entry); ok {
			one.last = d.Last
			break
		}
	}
	return one, nil
}

// append keeps a run, durable, behind those of its chain. One that is there already, since a
// crash came before the checkpoint knew of it, is not kept twice.
func (b *blockFiles) append(r run) error {
	f, err := b.fileOf(r.Chain)
	if err != nil {
		return err
	}
	if r.Last <= f.last {
		return nil
	}
	file, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) { // taken away: what it said is not known any more
		b.files = slices.DeleteFunc(b.files, func(o *blockFile) bool { return o == f })
		if f, err = b.create(r.Chain); err == nil {
			file, err = os.OpenFile(f.path, os.O_WRONLY, 0)
		}
	}
	if err != nil {
		return err
	}
	_, err = file.WriteAt(b.entry(r), blockHeader+f.entries*blockEntry)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	f.entries, f.last = f.entries+1, r.Last
	return nil
}

// fileOf gives the newest file of a chain, and makes one when there is none.
func (b *blockFiles) fileOf(chain string) (*blockFile, error) {
	for _, f := range slices.Backward(b.files) {
		if f.chain == chain {
			return f, nil
		}
	}
	return b.create(chain)
}

func (b *blockFiles) create(chain string) (*blockFile, error) {
	for n := len(b.files) + 1; ; n++ {
		path := fmt.Sprintf("%s%04d", b.prefix, n)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		_, err = f.Write(b.header(chain))
		if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
			err = spool.Disk{}.SyncDir(filepath.Dir(path))
		}
		if err != nil {
			return nil, errors.Join(err, os.Remove(path))
		}
		one := &blockFile{path: path, chain: chain}
		b.files = append(b.files, one)
		return one, nil
	}
}

// last gives the highest number that is kept of a chain.
func (b *blockFiles) last(chain string) (n uint64) {
	for _, f := range b.files {
		if f.chain == chain {
			n = max(n, f.last)
		}
	}
	return n
}

// forgetAfter leaves out what the checkpoint does not know of: entries that a crash kept the
// checkpoint from following. They are made again.
func (b *blockFiles) forgetAfter(chain string, seq uint64) error {
	for _, f := range b.files {
		for f.chain == chain && f.entries > 0 && f.last > seq {
			f.entries--
			f.last = 0
			if f.entries == 0 {
				break
			}
			runs, err := b.pieceOf(f, f.entries-1, 1)
			if err != nil {
				return err
			}
			if len(runs) > 0 {
				f.last = runs[0].Last
			}
		}
	}
	return nil
}

func (b *blockFiles) chains() (names []string) {
	for _, f := range b.files {
		if f.entries > 0 && !slices.Contains(names, f.chain) {
			names = append(names, f.chain)
		}
	}
	return names
}

// read gives the runs of a chain from a number on, ascending, until they are of more than so
// many blocks.
func (b *blockFiles) read(chain string, from uint64, most int) (runs []audit.Digest, err error) {
	blocks := 0
	for _, f := range b.files {
		if f.chain != chain || f.last < from {
			continue
		}
		at, err := b.search(f, from)
		if err != nil {
			return nil, err
		}
		for at < f.entries && blocks <= most {
			some, err := b.pieceOf(f, at, min(piece, most+1))
			if err != nil {
				return nil, err
			}
			for _, r := range some {
				if n := len(runs); r.Last < from || n > 0 && r.First <= runs[n-1].Last {
					continue // whole, and not in its place: it was copied there
				}
				if n := len(runs); n == 0 || runs[n-1].Last/audit.BlockRecords != r.First/audit.BlockRecords {
					blocks++
				}
				runs = append(runs, r)
			}
			at += int64(min(piece, most+1))
		}
	}
	return runs, nil
}

// search gives the first entry that ends at a number or after it. Its bounds are read without
// the MAC: an altered entry may hide others, which are then not known.
func (b *blockFiles) search(f *blockFile, from uint64) (at int64, err error) {
	file, err := os.Open(f.path)
	if err != nil {
		return 0, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	var last [8]byte
	n := sort.Search(int(f.entries), func(i int) bool {
		if _, e := file.ReadAt(last[:], blockHeader+int64(i)*blockEntry+8); e != nil {
			err = e
		}
		return binary.BigEndian.Uint64(last[:]) >= from
	})
	return int64(n), err
}

// pieceOf reads up to n entries; those whose MAC is not right are left out.
func (b *blockFiles) pieceOf(f *blockFile, at int64, n int) (runs []audit.Digest, err error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	text := make([]byte, min(int64(n), f.entries-at)*blockEntry)
	if _, err := file.ReadAt(text, blockHeader+at*blockEntry); err != nil {
		return nil, err
	}
	for entry := range slices.Chunk(text, blockEntry) {
		if d, ok := b.parse(f.chain, entry); ok {
			runs = append(runs, d)
		}
	}
	return runs, nil
}

func (b *blockFiles) header(chain string) []byte {
	head := make([]byte, blockHeader-sha256.Size, blockHeader)
	copy(head, blockMagic)
	binary.BigEndian.PutUint32(head[8:], 1)
	binary.BigEndian.PutUint32(head[12:], uint32(len(chain)))
	copy(head[16:], chain)
	return append(head, b.mac("", head)...)
}

func (b *blockFiles) readHeader(head []byte) (chain string, ok bool) {
	n := binary.BigEndian.Uint32(head[12:])
	if !bytes.HasPrefix(head, []byte(blockMagic)) || n > maxChain || binary.BigEndian.Uint32(head[8:]) != 1 {
		return "", false
	}
	end := blockHeader - sha256.Size
	return string(head[16 : 16+n]), hmac.Equal(head[end:], b.mac("", head[:end]))
}

func (b *blockFiles) entry(r run) []byte {
	entry := make([]byte, 0, blockEntry)
	entry = binary.BigEndian.AppendUint64(entry, r.First)
	entry = binary.BigEndian.AppendUint64(entry, r.Last)
	entry = append(entry, r.Sum[:]...)
	return append(entry, b.mac(r.Chain, entry)...)
}

func (b *blockFiles) parse(chain string, entry []byte) (d audit.Digest, ok bool) {
	d.First, d.Last = binary.BigEndian.Uint64(entry), binary.BigEndian.Uint64(entry[8:])
	d.Count = d.Last - d.First + 1
	copy(d.Sum[:], entry[16:])
	return d, hmac.Equal(entry[48:], b.mac(chain, entry[:48]))
}

func (b *blockFiles) mac(chain string, of []byte) []byte {
	m := hmac.New(sha256.New, b.key)
	m.Write([]byte(chain))
	m.Write([]byte{0})
	m.Write(of)
	return m.Sum(nil)
}
