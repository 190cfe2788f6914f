package tried

import (
	"encoding/json"
	"io"
	"strings"
	"time"
)

// Document is an outcome as JSON.
type document struct {
	Passed   bool     `json:"passed"`
	Complete bool     `json:"complete"`        // false: not all was tried
	Error    string   `json:"error,omitempty"` // why not
	Tried    int      `json:"tried"`
	Failed   int      `json:"failed"`
	Ms       float64  `json:"ms"`
	Results  []result `json:"results"`
}

type result struct {
	Kind   string  `json:"kind"`
	Name   string  `json:"name"`
	File   string  `json:"file"`
	Line   int     `json:"line"`
	Passed bool    `json:"passed"`
	Text   string  `json:"text"` // what came of it, or what is wrong, in lines
	Ms     float64 `json:"ms"`
}

// JSON writes an outcome as one document.
func (o Outcome) JSON(w io.Writer) error {
	d := document{
		Passed: o.Passed(), Complete: o.Complete(), Tried: len(o.Findings), Failed: o.Failed(), Ms: milliseconds(o.Took), Results: make([]result, len(o.Findings)),
	}
	if o.Stopped != nil {
		d.Error = o.Stopped.Error()
	}
	for i, f := range o.Findings {
		text := f.Text
		if !f.Passed() {
			text = strings.Join(f.Wrong, "\n")
		}
		d.Results[i] = result{string(f.Kind), f.Name, f.File, f.Line, f.Passed(), text, milliseconds(f.Took)}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(d)
}

// milliseconds has thousandths of one.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
