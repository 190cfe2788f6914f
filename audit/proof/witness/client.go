package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"golang.org/x/mod/sumdb/tlog"
)

// What a witness can say but yes.
var (
	// ErrAway says that the witness could not be asked, or did not answer in order.
	ErrAway = errors.New("the witness cannot be asked")
	// ErrUnknown says that the witness does not follow this log, or not under this key.
	ErrUnknown = errors.New("the witness does not know this log under this key")
	// ErrContradiction says that the witness has cosigned what this checkpoint does not
	// continue: one of the two was rolled back, forked or rewritten. Nothing heals it.
	ErrContradiction = errors.New("the witness has cosigned something else of this log")
)

// Grown proves that the tree of an older size is the beginning of a checkpoint's.
type Grown func(older int64) (tlog.TreeProof, error)

// Client asks one witness. It may be used by many goroutines at once.
type Client struct {
	witness policy.Witness
	http    *http.Client

	mu    sync.Mutex
	sizes map[string]int64 // by origin: what the witness was seen to have cosigned
}

// NewClient makes a client of a witness with an address. The client's own timeout bounds
// each question.
func NewClient(w policy.Witness, c *http.Client) *Client {
	return &Client{witness: w, http: c, sizes: map[string]int64{}}
}

// Name is the witness's, as the policy has it.
func (c *Client) Name() string { return c.witness.Name }

// Cosign has a checkpoint cosigned and gives the signature line. Every error wraps one of
// ErrAway, ErrUnknown and ErrContradiction.
func (c *Client) Cosign(ctx context.Context, of signed.Checkpoint, raw []byte, grown Grown) (string, error) {
	c.mu.Lock()
	old := min(c.sizes[of.Origin], of.Size)
	c.mu.Unlock()
	// A second question, when the witness knows another size than we think; no third.
	for try := 0; ; try++ {
		proof, err := grown(old)
		if err != nil {
			return "", fmt.Errorf("asking %s: %w: %w", c.witness.Name, ErrAway, err)
		}
		status, kind, body, err := c.ask(ctx, request{old: old, proof: proof, checkpoint: raw})
		if err != nil {
			return "", fmt.Errorf("asking %s: %w: %w", c.witness.Name, ErrAway, err)
		}
		switch {
		case status == http.StatusOK:
			return c.take(of, raw, body)
		case status == http.StatusConflict && kind == sizeType:
			has, err := parseSize(strings.TrimSuffix(string(body), "\n"))
			switch {
			case err != nil || try > 0 && has == old:
				return "", fmt.Errorf("asking %s: %w: it said a size that makes no sense", c.witness.Name, ErrAway)
			case has > of.Size:
				return "", fmt.Errorf("asking %s: %w: it has cosigned size %d, this log is at %d: the log was rolled back",
					c.witness.Name, ErrContradiction, has, of.Size)
			case try > 0:
				return "", fmt.Errorf("asking %s: %w: another asks it about the same log", c.witness.Name, ErrAway)
			}
			old = has
		case status == http.StatusUnprocessableEntity, status == http.StatusConflict:
			return "", fmt.Errorf("asking %s: %w: what it cosigned at size %d is not the beginning of this log: forked or rewritten",
				c.witness.Name, ErrContradiction, old)
		case status == http.StatusNotFound, status == http.StatusForbidden:
			return "", fmt.Errorf("asking %s: %w (%d): give its keeper the log's verifier key", c.witness.Name, ErrUnknown, status)
		default:
			return "", fmt.Errorf("asking %s: %w: it answered %d", c.witness.Name, ErrAway, status)
		}
	}
}

// take verifies a cosignature: a line that is not the witness's own is none.
func (c *Client) take(of signed.Checkpoint, raw, body []byte) (string, error) {
	text, _, _ := cutSignatures(raw)
	_, n, err := signed.Open([]byte(text+"\n"+string(body)), c.witness.Verifier)
	if err != nil || len(n.Sigs) == 0 {
		return "", fmt.Errorf("asking %s: %w: what it answered is no cosignature under its key", c.witness.Name, ErrAway)
	}
	c.mu.Lock()
	c.sizes[of.Origin] = of.Size
	c.mu.Unlock()
	return fmt.Sprintf("— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}

func (c *Client) ask(ctx context.Context, r request) (status int, kind string, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.witness.URL+"/add-checkpoint", bytes.NewReader(r.format()))
	if err != nil {
		return 0, "", nil, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, mostBody))
	return resp.StatusCode, resp.Header.Get("Content-Type"), body, err
}

// AddSignature puts a signature line below a signed note.
func AddSignature(raw []byte, line string) []byte {
	return append(append([]byte(nil), raw...), line...)
}
