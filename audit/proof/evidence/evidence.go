// Package evidence is a record with the proof that it stands in a log, in one file that
// anybody can check with public keys alone, without a network (c2sp.org/tlog-proof):
//
//	c2sp.org/tlog-proof@v1
//	extra <the record, base64>
//	index 4
//	<hash>…
//
//	<the log's checkpoint, signed and cosigned>
//
// What a file proves: that this record, to the byte, was in the log when the witnesses
// cosigned that checkpoint, at that place. What it does not prove: that what the record
// tells is true. A file may bear the record's entry (32 bytes) in the record's stead: it
// tells nothing of the record, and proves it to whoever has the record otherwise.
package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/audit/proof/signed"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	header = "c2sp.org/tlog-proof@v1"
	// mostText bounds a file that is read; a record has at most some 1.5 MB.
	mostText = 8 << 20
	// mostHashes is the height of the largest tree.
	mostHashes = 63
)

// ErrFile says that a text is no proof as c2sp.org/tlog-proof describes it.
var ErrFile = errors.New("not a proof file (c2sp.org/tlog-proof)")

// Proof is such a file.
type Proof struct {
	// Extra is the record's document, its entry, or nothing.
	Extra      []byte
	Index      int64
	Hashes     tlog.RecordProof
	Checkpoint []byte // a signed note
}

// Format writes the file.
func (p Proof) Format() []byte {
	var b bytes.Buffer
	b.WriteString(header + "\n")
	if len(p.Extra) > 0 {
		fmt.Fprintf(&b, "extra %s\n", base64.StdEncoding.EncodeToString(p.Extra))
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// Parse reads a file. Of what is in it nothing is proved by that.
func Parse(text []byte) (p Proof, err error) {
	rest, ok := strings.CutPrefix(string(text), header+"\n")
	if !ok || len(text) > mostText {
		return p, ErrFile
	}
	head, checkpoint, ok := strings.Cut(rest, "\n\n")
	if !ok {
		return p, ErrFile
	}
	p.Checkpoint = []byte(checkpoint)
	lines := strings.Split(head, "\n")
	if extra, is := strings.CutPrefix(lines[0], "extra "); is {
		if p.Extra, err = base64.StdEncoding.Strict().DecodeString(extra); err != nil || strings.ContainsAny(extra, "\r\n") || extra == "" {
			return Proof{}, fmt.Errorf("%w: its extra line is damaged", ErrFile)
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || len(lines) > 1+mostHashes {
		return Proof{}, ErrFile
	}
	index, is := strings.CutPrefix(lines[0], "index ")
	p.Index, err = strconv.ParseInt(index, 10, 64)
	if !is || err != nil || p.Index < 0 || strconv.FormatInt(p.Index, 10) != index {
		return Proof{}, fmt.Errorf("%w: its index line is damaged", ErrFile)
	}
	for _, line := range lines[1:] {
		h, err := signed.ParseHash(line)
		if err != nil {
			return Proof{}, fmt.Errorf("%w: a hash is damaged", ErrFile)
		}
		p.Hashes = append(p.Hashes, h)
	}
	return p, nil
}
