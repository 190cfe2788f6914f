package witness

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mycarerecord/mcr/audit/proof/signed"
	"golang.org/x/mod/sumdb/tlog"
)

// request is the body of add-checkpoint (c2sp.org/tlog-witness):
//
//	old 20852014
//	PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
//	…
//
//	<signed checkpoint>
type request struct {
	old        int64
	proof      tlog.TreeProof
	checkpoint []byte // a signed note
}

// The bounds of a request. A consistency proof has at most 63 hashes.
const (
	mostBody   = 64 << 10
	mostHashes = 63
)

var errRequest = errors.New("not a request as c2sp.org/tlog-witness describes it")

func (r request) format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", r.old)
	for _, h := range r.proof {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteByte('\n')
	b.Write(r.checkpoint)
	return b.Bytes()
}

func parseRequest(body []byte) (r request, err error) {
	head, checkpoint, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	size, is := strings.CutPrefix(lines[0], "old ")
	if !ok || !is || len(lines) > 1+mostHashes {
		return r, errRequest
	}
	r.checkpoint = []byte(checkpoint)
	if r.old, err = parseSize(size); err != nil {
		return r, errRequest
	}
	for _, line := range lines[1:] {
		h, err := signed.ParseHash(line)
		if err != nil {
			return r, errRequest
		}
		r.proof = append(r.proof, h)
	}
	return r, nil
}

// parseSize reads a size in its one spelling.
func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, errRequest
	}
	return n, nil
}

// sizeType is the content type of a conflict that says which size the witness knows.
const sizeType = "text/x.tlog.size"
