package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit/proof/follow"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/legible"
)

// heads gives the brokers' own logs beside the keys, as they were published last; none where
// there are none. No signature is verified: that is for who checks a proof.
func (t *trail) heads() ([]retention.TreeHead, error) {
	heads := []retention.TreeHead{}
	logs, err := follow.Logs(filepath.Dir(t.keysPath))
	switch {
	case errors.Is(err, follow.ErrNoLog):
		return heads, nil
	case err != nil:
		return nil, err
	}
	for _, kept := range logs {
		if kept.Organisation == "" && kept.Raw != nil {
			heads = append(heads, headOf(kept))
		}
	}
	return heads, nil
}

func headOf(kept follow.Kept) retention.TreeHead {
	c := kept.Published
	return retention.TreeHead{Log: c.Origin, Entries: c.Size, Root: c.Root.String()}
}

// end is the last line of a list: what the logs were before the list was asked for.
func (q *question) end(out io.Writer, heads []retention.TreeHead) error {
	if q.json {
		return json.NewEncoder(legible.Writer(out)).Encode(struct {
			Logs []retention.TreeHead `json:"logs"`
		}{heads})
	}
	if len(heads) == 0 {
		fmt.Fprintln(out, "Size and root of the trail's log: not known here (no log lies beside the keys).")
	}
	for _, h := range heads {
		fmt.Fprintf(out, "When this was asked %s.\n", h)
	}
	return nil
}
