package caddymodule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

// Alone declares a source at its broker alone, and not in the sources folder: collector
// and console do not know it. It is for a source that is not of the region, or not yet.
type Alone struct {
	// Name, ODS, Kind and Telephone are as in a file of the sources folder. Required.
	Name      string `json:"name"`
	ODS       string `json:"ods"`
	Kind      string `json:"kind"`
	Telephone string `json:"telephone"`
	// Timeout bounds one request to the source. Default 10s.
	Timeout string `json:"timeout,omitempty"`
	// MaxBytes bounds an answer of the source, in bytes. Default 16 MiB.
	MaxBytes int64 `json:"max_bytes,omitempty"`
}

// declared is the source of a broker: of the sources folder, or declared here.
func (h *Handler) declared() (upstreams.Source, error) {
	source, known := h.app.sources[h.Source]
	switch {
	case h.Alone == nil && !known:
		return source, fmt.Errorf("broker %s: no such source; there are: %s", h.Source, h.app.sourceIDs())
	case h.Alone == nil:
		return h.at(source), nil
	case known:
		return source, fmt.Errorf("broker %s: alone: a source of this id is in the sources folder; give it another", h.Source)
	}
	source, err := upstreams.Declaration{
		Name: h.Alone.Name, ODS: h.Alone.ODS, Kind: h.Alone.Kind, Telephone: h.Alone.Telephone,
		BaseURL: first(h.BaseURL), Timeout: h.Alone.Timeout, MaxBytes: h.Alone.MaxBytes,
	}.Source(h.Source)
	if err != nil {
		return source, fmt.Errorf("broker %s: alone: %w", h.Source, err)
	}
	return h.at(source), nil
}

// kinds are the kinds of the organisations whose sources this broker knows, its own among them.
func (h *Handler) kinds(own upstreams.Source) map[nhs.ODSCode]string {
	return upstreams.KindsOf(append(slices.Collect(maps.Values(h.app.sources)), own))
}

// at puts the addresses that stand here into a source. It may write its links under any of
// them, whichever answered.
func (h *Handler) at(source upstreams.Source) upstreams.Source {
	if len(h.BaseURL) > 0 {
		source.BaseURL = h.BaseURL[0]
		source.LinkBases = slices.Concat(source.LinkBases, h.BaseURL[1:])
	}
	return source
}

func first(bases Bases) string {
	if len(bases) == 0 {
		return ""
	}
	return bases[0]
}

func (r *reader) alone() *Alone {
	a := new(Alone)
	for nesting := r.Nesting(); r.NextBlock(nesting); {
		switch r.Val() {
		case "name":
			r.text(&a.Name)
		case "ods":
			r.text(&a.ODS)
		case "kind":
			r.text(&a.Kind)
		case "telephone":
			r.text(&a.Telephone)
		case "timeout":
			r.text(&a.Timeout)
		case "max_bytes":
			r.bytes(&a.MaxBytes)
		default:
			r.unknown("name, ods, kind, telephone, timeout, max_bytes")
		}
	}
	return a
}
