package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// The bounds of packing. Measured over varied records of 2.7 KB (decision 0025): 16
// with a dictionary take 270 bytes each, one alone 470, one without a dictionary
// 1,500; and what one document costs to read grows with the block that it is in.
const (
	documentsOfBlock = 32
	documentsSorted  = 256
	bytesOfBlock     = 64 << 10 // of documents, beyond the first
	// packedBytes is what a block should come to: three then fill a page of the file.
	packedBytes     = 5300
	bytesOfDocument = 16 << 20 // the longest that can be kept, and unpacked
	bytesOfSample   = 8 << 10  // longer documents teach nothing of others
	sampled         = 64
	dictionaryBytes = 32 << 10
	dictionaryMost  = 1 << 20 // the longest that is read
	firstTrial      = 16      // records until a dictionary is tried for the first time
	lastTrial       = 16 << 10
)

// place is where a document is.
type place struct{ block, at, length int64 }

// packer packs documents. It is used by whoever holds the one connection that writes.
type packer struct {
	loaded     bool
	dictionary int64
	encoder    *zstd.Encoder
	plain      []byte // of the block that is being packed, and what comes of it
	packed     []byte
	ratio      float64 // of documents to what they are packed to, lately

	sample [][]byte // of the documents since the last trial, each as likely as another
	seen   int      // since the last trial
	trial  int      // after how many documents the next one is
	random *rand.Rand
}

// forget makes the packer look again at what the file has.
func (p *packer) forget() { p.loaded = false }

// load takes the newest dictionary of the file.
func (p *packer) load(ctx context.Context, tx *sql.Tx) error {
	if p.loaded {
		return nil
	}
	if p.random == nil {
		p.random, p.trial, p.ratio = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), firstTrial, 6
	}
	var content []byte
	p.dictionary = 0
	err := tx.QueryRowContext(ctx, `SELECT no, bytes FROM dictionary WHERE length(bytes) <= ? ORDER BY no DESC LIMIT 1`, dictionaryMost).Scan(&p.dictionary, &content)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	p.encoder, err = newEncoder(content)
	p.loaded = err == nil
	return err
}

// pack stores the documents of a batch in blocks, and gives the place of each. What is
// about one patient comes together, within some hundred records: the patient, the visit
// and its facts are then written once.
func (p *packer) pack(ctx context.Context, tx *sql.Tx, b audit.Batch) ([]place, error) {
	if err := p.load(ctx, tx); err != nil {
		return nil, fmt.Errorf("packing: %w", err)
	}
	var no int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(no), 0) FROM block`).Scan(&no); err != nil {
		return nil, err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO block (no, dictionary, bytes) VALUES (?, ?, ?)`)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	places := make([]place, len(b.Entries))
	order := make([]int, 0, documentsSorted)
	for first := 0; first < len(b.Entries); first += documentsSorted {
		order = order[:0]
		for i := first; i < min(first+documentsSorted, len(b.Entries)); i++ {
			if len(b.Entries[i].Payload) > bytesOfDocument {
				return nil, fmt.Errorf("record %d: a document of %d bytes: at most %d can be kept", b.Entries[i].Seq, len(b.Entries[i].Payload), bytesOfDocument)
			}
			order = append(order, i)
		}
		slices.SortStableFunc(order, func(i, j int) int { return strings.Compare(b.Columns[i].PatientHMAC, b.Columns[j].PatientHMAC) })
		for rest := order; len(rest) > 0; {
			if err := p.try(ctx, tx); err != nil {
				return nil, fmt.Errorf("packing: %w", err)
			}
			no++
			n := p.block(no, b.Entries, rest, places)
			if _, err := insert.ExecContext(ctx, no, p.dictionary, p.packed); err != nil {
				return nil, err
			}
			rest = rest[n:]
		}
		runtime.Gosched() // requests first
	}
	return places, nil
}

// block packs the first documents of an order into p.packed, and gives how many.
func (p *packer) block(no int64, entries []spool.Entry, order []int, places []place) (n int) {
	p.plain = p.plain[:0]
	room := min(bytesOfBlock, int(packedBytes*p.ratio))
	for ; n < min(len(order), documentsOfBlock); n++ {
		document := entries[order[n]].Payload
		if n > 0 && len(p.plain)+len(document) > room {
			break
		}
		places[order[n]] = place{no, int64(len(p.plain)), int64(len(document))}
		p.plain = append(p.plain, document...)
		p.learn(document)
	}
	p.packed = p.encoder.EncodeAll(p.plain, p.packed[:0])
	if n > 1 {
		p.ratio += (float64(len(p.plain))/float64(len(p.packed)) - p.ratio) / 8
	}
	return n
}

// learn takes a document into the sample.
func (p *packer) learn(document []byte) {
	p.seen++
	if len(document) > bytesOfSample {
		return
	}
	at := p.random.IntN(p.seen)
	if len(p.sample) < sampled {
		at = len(p.sample)
		p.sample = append(p.sample, nil)
	}
	if at < len(p.sample) {
		p.sample[at] = append(p.sample[at][:0], document...)
	}
}

// try makes a dictionary of a part of the sample when it is time to, and takes it when
// it packs the other part an eighth better than the one in use: the policies changed,
// or a system came that asks otherwise. So there is never more than one in some
// thousand records.
func (p *packer) try(ctx context.Context, tx *sql.Tx) error {
	if p.seen < p.trial {
		return nil
	}
	content, rest := dictionaryOf(p.sample)
	p.trial, p.seen, p.sample = min(4*p.trial, lastTrial), 0, nil
	if len(content) == 0 || len(rest) == 0 {
		return nil
	}
	encoder, err := newEncoder(content)
	if err != nil {
		return err
	}
	now, then := 0, 0
	for _, document := range rest {
		now += len(p.encoder.EncodeAll(document, p.plain[:0]))
		then += len(encoder.EncodeAll(document, p.plain[:0]))
	}
	if then > now-now/8 {
		return nil
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO dictionary (bytes) VALUES (?) RETURNING no`, content).Scan(&p.dictionary)
	p.encoder = encoder
	return err
}

// dictionaryOf makes a dictionary of some documents, and gives the others.
func dictionaryOf(documents [][]byte) (content []byte, rest [][]byte) {
	for i, document := range documents {
		if _, err := audit.ReadColumns(document); err != nil {
			continue // not a record
		}
		if content = append(content, common(document)...); len(content) >= dictionaryBytes {
			return content[:dictionaryBytes], documents[i+1:]
		}
		if i >= len(documents)*3/4 {
			return content, documents[i+1:]
		}
	}
	return nil, nil
}

// own matches what is a record's or a person's own. A dictionary stays for as long as
// the file, whatever is erased: it must hold nothing by which a patient, or a record
// about one, could be found; and of what never comes again it would be of no use.
var (
	own       = regexp.MustCompile(`"([a-z_]*id|salt|patient_hmac|patient_shown|time_in|time_out|query|[a-z_]*reason|purpose|document_sha256|client_ip|user_name|permission)":"(?:[^"\\]|\\.)*"`)
	resources = regexp.MustCompile(`"released_resources":\[[^\]]*\]`)
)

// common gives what of a record's document others may have too.
func common(document []byte) []byte {
	return resources.ReplaceAll(own.ReplaceAll(document, []byte(`"$1":""`)), []byte(`"released_resources":[""]`))
}

func newEncoder(dictionary []byte) (*zstd.Encoder, error) {
	options := []zstd.EOption{
		// Better levels take three times as long with a dictionary, and save a twentieth.
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(256 << 10),
	}
	if len(dictionary) > 0 {
		options = append(options, zstd.WithEncoderDictRaw(0, dictionary))
	}
	return zstd.NewWriter(nil, options...)
}
