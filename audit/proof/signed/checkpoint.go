package signed

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/audit/spool"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log says of itself at one size. In text (c2sp.org/tlog-checkpoint):
//
//	mcr.example/wend-1
//	4215
//	nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=
//	mcr-begun 120 5f0c…
//	mcr-chain wend-1 4335 9a41…
//
// The last two lines are extension lines of ours: they tie the tree to the chain of
// records. They are under the same signature.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
	// Begun is the chain's record before the first that the log covers: what was
	// written before the log began stays provable by the chain, up to this hash.
	Begun Link
	// Chain and Head are the chain of records, its name as Segment writes it, and the last
	// of its records that the log has looked at: every record after Begun up to Head that
	// belongs into this log is in it.
	Chain string
	Head  Link
	// Tied says that Begun, Chain and Head were there: a log of somebody else has none.
	Tied bool
}

// Link is one record of a chain, by number and hash; number 0 is before the first.
type Link struct {
	Number uint64
	Hash   spool.Hash
}

const (
	begunLine = "mcr-begun"
	chainLine = "mcr-chain"
	// mostText bounds a checkpoint that is read.
	mostText = 64 << 10
)

// errCheckpoint says that a text is no checkpoint. Its cause stays unsaid: the text is a stranger's.
var errCheckpoint = errors.New("not a checkpoint (c2sp.org/tlog-checkpoint)")

// Text gives the checkpoint as it is signed.
func (c Checkpoint) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
	if c.Tied {
		fmt.Fprintf(&b, "%s %d %x\n", begunLine, c.Begun.Number, c.Begun.Hash)
		fmt.Fprintf(&b, "%s %s %d %x\n", chainLine, c.Chain, c.Head.Number, c.Head.Hash)
	}
	return b.String()
}

// ParseCheckpoint reads the text of a checkpoint, without its signatures. Extension lines
// that are not ours are passed over.
func ParseCheckpoint(text string) (c Checkpoint, err error) {
	if len(text) > mostText || !strings.HasSuffix(text, "\n") {
		return c, errCheckpoint
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] == "" {
		return c, errCheckpoint
	}
	c.Origin = lines[0]
	c.Size, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return Checkpoint{}, errCheckpoint
	}
	if c.Root, err = ParseHash(lines[2]); err != nil {
		return Checkpoint{}, errCheckpoint
	}
	var begun, chain bool
	for _, line := range lines[3:] {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "":
			return Checkpoint{}, errCheckpoint
		case word == begunLine && !begun:
			c.Begun, begun = parseLink(rest)
			if !begun {
				return Checkpoint{}, errCheckpoint
			}
		case word == chainLine && !chain:
			c.Chain, rest, _ = strings.Cut(rest, " ")
			if c.Head, chain = parseLink(rest); !chain || c.Chain == "" {
				return Checkpoint{}, errCheckpoint
			}
		}
	}
	if c.Tied = begun && chain; !c.Tied {
		c.Begun, c.Chain, c.Head = Link{}, "", Link{}
	}
	return c, nil
}

// ParseHash reads a hash in base64, in its one spelling.
func ParseHash(text string) (tlog.Hash, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize || strings.ContainsAny(text, "\r\n") {
		return tlog.Hash{}, errors.New("not a hash of 32 bytes in base64")
	}
	return tlog.Hash(raw), nil
}

func parseLink(text string) (l Link, ok bool) {
	number, sum, _ := strings.Cut(text, " ")
	n, err1 := strconv.ParseUint(number, 10, 64)
	hash, err2 := hex.DecodeString(sum)
	if errors.Join(err1, err2) != nil || len(hash) != len(l.Hash) || strconv.FormatUint(n, 10) != number {
		return Link{}, false
	}
	return Link{Number: n, Hash: spool.Hash(hash)}, true
}

// Sign puts a checkpoint under the log's key: a signed note.
func (c Checkpoint) Sign(k *Key) ([]byte, error) {
	signer, err := k.signer(c.Origin)
	if err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return signed, nil
}

// Open reads a signed checkpoint: its signatures by known verifiers are verified, and one
// that is wrong is an error, as is when there is none. Others' signatures are passed over.
func Open(signed []byte, known ...note.Verifier) (Checkpoint, *note.Note, error) {
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("opening a checkpoint: %w", err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("opening a checkpoint: %w", err)
	}
	return c, n, nil
}
