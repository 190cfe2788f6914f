package retention

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Receipt is the Input of a record of audit.EraseAction or audit.RetireAction: what was
// taken out of the trail.
type Receipt struct {
	Erasure    *Erasure    `json:"erasure,omitempty"`
	Retirement *Retirement `json:"retirement,omitempty"`
}

// Chains gives the chains of what a receipt names, each as often as it names something there.
func (r Receipt) Chains() (chains []string) {
	if r.Erasure != nil {
		for _, e := range r.Erasure.Records {
			chains = append(chains, e.Chain)
		}
	}
	if r.Retirement != nil {
		for _, run := range r.Retirement.Runs {
			chains = append(chains, run.Chain)
		}
	}
	return chains
}

// Erasure names records whose details were erased, at most MostErased in one receipt.
type Erasure struct {
	Whose   audit.Whose   `json:"whose"`
	Records []ErasedEntry `json:"records"`
}

// ErasedEntry is one of them: where it stands, and its entry in the Merkle logs.
type ErasedEntry struct {
	Chain  string `json:"chain"`
	Number uint64 `json:"number"`
	Entry  string `json:"entry"` // hex
	// Left are the SHA-256, in hex, of what may stand in its place from then on: the document
	// without these details, and without all that can be erased. Who can write to the store
	// cannot put another there. Receipts of before there was this say none.
	Left []string `json:"left,omitempty"`
}

// Name gives what a receipt says of a record whose details are to be erased.
func Name(chain string, e spool.Entry, whose audit.Whose) (ErasedEntry, error) {
	entry := audit.EntryOf(e.Payload)
	named := ErasedEntry{Chain: chain, Number: e.Seq, Entry: hex.EncodeToString(entry[:])}
	for _, of := range []audit.Whose{whose, audit.OfBoth} {
		document, err := EraseDetails(e.Payload, of)
		if err != nil {
			return named, fmt.Errorf("record %d of %s: %w", e.Seq, chain, err)
		}
		sum := sha256.Sum256(document)
		named.Left = append(named.Left, hex.EncodeToString(sum[:]))
	}
	return named, nil
}

// Retirement names runs of records that were taken out of the store because the period of
// their class is over, at most MostRetired in one receipt.
type Retirement struct {
	Classes map[Class]int `json:"classes"` // how many of each
	Runs    []RetiredRun  `json:"runs"`
	Periods Periods       `json:"periods"`
	// Tree is the Merkle log of the runs' chain, where there is one, as it was published when
	// they were retired. It holds their entries, before and after.
	Tree *TreeHead `json:"tree,omitempty"`
}

// TreeHead is the size and the root of a Merkle log, by its origin: what lists and reports say
// of the log when they were made, so that who has one can ask for a proof that the log still
// holds what it held then.
type TreeHead struct {
	Log     string `json:"log"`
	Entries int64  `json:"entries"`
	Root    string `json:"root"` // base64, as in a checkpoint
}

// String says it in words, for who reads a list.
func (h TreeHead) String() string {
	return fmt.Sprintf("the log %s had %d entries and the root %s", h.Log, h.Entries, h.Root)
}

// RetiredRun is a run of consecutive numbers. The hash of the last record, to which the
// next one is linked, stays here, so that the chain goes on over the run.
type RetiredRun struct {
	Chain string `json:"chain"`
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	Hash  string `json:"hash"` // hex, of the last
	// Sum is that of the run's Digest, in hex: what is missing now, and is not to be missed. A
	// run ends where a block ends (audit.BlockRecords).
	Sum string `json:"sum,omitempty"`
}

// Digest gives the digest of a retired run; false when it does not say.
func (r RetiredRun) Digest() (d audit.Digest, ok bool) {
	sum, err := hex.DecodeString(r.Sum)
	if err != nil || len(sum) != len(d.Sum) || r.Last < r.First {
		return audit.Digest{}, false
	}
	return audit.Digest{First: r.First, Last: r.Last, Count: r.Last - r.First + 1, Sum: [32]byte(sum)}, true
}

// How much one receipt names, so that it is never cut.
const (
	MostErased  = 500
	MostRetired = 500
)

// ReceiptIn reads the receipt out of a record's document. Any other record gives false.
func ReceiptIn(document []byte) (Receipt, bool) {
	if !bytes.Contains(document, []byte(`"action":"`+audit.EraseAction+`"`)) && !bytes.Contains(document, []byte(`"action":"`+audit.RetireAction+`"`)) {
		return Receipt{}, false
	}
	var r struct {
		Action string          `json:"action"`
		Input  json.RawMessage `json:"input"`
	}
	if json.Unmarshal(document, &r) != nil {
		return Receipt{}, false
	}
	return ReceiptOf(&audit.Record{Action: r.Action, Input: r.Input})
}

// ReceiptOf reads the receipt of a record.
func ReceiptOf(r *audit.Record) (receipt Receipt, ok bool) {
	if json.Unmarshal(r.Input, &receipt) != nil {
		return Receipt{}, false
	}
	switch r.Action {
	case audit.EraseAction:
		receipt.Retirement = nil
		return receipt, receipt.Erasure != nil
	case audit.RetireAction:
		receipt.Erasure = nil
		return receipt, receipt.Retirement != nil
	}
	return Receipt{}, false
}

// End gives the hash of a run's last record.
func (r RetiredRun) End() (hash spool.Hash, ok bool) {
	b, err := hex.DecodeString(r.Hash)
	if err != nil || len(b) != len(hash) || r.First == 0 || r.Last < r.First {
		return hash, false
	}
	return spool.Hash(b), true
}
