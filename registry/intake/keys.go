package intake

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// keys finds resources that are in a file twice, in memory that does not grow with it: of each it
// keeps a digest, in a temporary file once there are many, and looks for equal ones by sorting.
type keys struct {
	folder string
	most   int    // digests in memory
	salt   []byte // what lies on a disk must not tell ids, some of which are NHS numbers
	run    []digested
	file   *os.File
	runs   []int // how many digests are in each sorted run of the file
}

// digested is one resource: 128 bits of the digest of its key, and its line and kind.
type digested struct {
	key  [16]byte
	line uint64 // and the index of the kind in the lowest three bits
}

const (
	digestedSize = 24
	mostRun      = 1 << 17 // digests in memory: 3 MB
)

// kinds are the resource types, by index.
var kinds = []string{"Patient", "EpisodeOfCare", "Encounter", "CareTeam", "ServiceRequest", "Consent", "Person"}

func newKeys(folder string) *keys {
	k := &keys{folder: folder, most: mostRun, salt: make([]byte, 32)}
	_, _ = rand.Read(k.salt) // never fails
	return k
}

func (k *keys) add(l *line) error {
	h := sha256.New()
	h.Write(k.salt)
	h.Write([]byte(l.res.key))
	d := digested{line: uint64(l.number)<<3 | uint64(slices.Index(kinds, l.res.kind))}
	copy(d.key[:], h.Sum(nil))
	if k.run = append(k.run, d); len(k.run) == k.most {
		return k.spill()
	}
	return nil
}

func compareDigested(a, b digested) int {
	return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.line, b.line))
}

// spill writes what is in memory to the file, sorted.
func (k *keys) spill() (err error) {
	if k.file == nil {
		if k.file, err = temporary(k.folder); err != nil {
			return err
		}
	}
	slices.SortFunc(k.run, compareDigested)
	out := bufio.NewWriterSize(k.file, 64<<10)
	var b [digestedSize]byte
	for _, d := range k.run {
		copy(b[:], d.key[:])
		binary.BigEndian.PutUint64(b[16:], d.line)
		if _, err := out.Write(b[:]); err != nil {
			return fmt.Errorf("writing a temporary file: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing a temporary file: %w", err)
	}
	k.runs = append(k.runs, len(k.run))
	k.run = k.run[:0]
	return nil
}

// twice tells of each resource that was there before, in no order of lines.
func (k *keys) twice(tell func(line int, kind string, first int)) error {
	slices.SortFunc(k.run, compareDigested)
	var before digested
	take := func(d digested) {
		if d.key == before.key && before.line != 0 {
			tell(int(d.line>>3), kinds[d.line&7], int(before.line>>3))
		}
		before = d
	}
	if k.file == nil {
		for _, d := range k.run {
			take(d)
		}
		return nil
	}
	if err := k.spill(); err != nil {
		return err
	}
	k.run = nil
	return k.merge(take)
}

// merge calls take with the digests of all runs, sorted.
func (k *keys) merge(take func(digested)) error {
	heads := make([]*head, 0, len(k.runs))
	offset := int64(0)
	for _, n := range k.runs {
		size := int64(n) * digestedSize
		h := &head{in: bufio.NewReaderSize(io.NewSectionReader(k.file, offset, size), 4<<10)}
		offset += size
		if more, err := h.next(); err != nil {
			return err
		} else if more {
			heads = append(heads, h)
		}
	}
	down := func(i int) { // a binary heap, the least one first
		for {
			least := i
			for child := 2*i + 1; child <= 2*i+2 && child < len(heads); child++ {
				if compareDigested(heads[child].digested, heads[least].digested) < 0 {
					least = child
				}
			}
			if least == i {
				return
			}
			heads[i], heads[least] = heads[least], heads[i]
			i = least
		}
	}
	for i := len(heads)/2 - 1; i >= 0; i-- {
		down(i)
	}
	for len(heads) > 0 {
		take(heads[0].digested)
		more, err := heads[0].next()
		if err != nil {
			return err
		}
		if !more {
			heads[0] = heads[len(heads)-1]
			heads = heads[:len(heads)-1]
		}
		down(0)
	}
	return nil
}

// head is the first digest of a run that was not taken yet.
type head struct {
	in *bufio.Reader
	digested
}

func (h *head) next() (more bool, err error) {
	var b [digestedSize]byte
	if _, err := io.ReadFull(h.in, b[:]); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("reading a temporary file: %w", err)
	}
	copy(h.key[:], b[:16])
	h.line = binary.BigEndian.Uint64(b[16:])
	return true, nil
}

func (k *keys) close() {
	if k.file != nil {
		_ = k.file.Close()
	}
}

func twiceProblem(kind string, first int) string {
	return fmt.Sprintf("%s: is the same resource as line %d: keep one", kind, first)
}
