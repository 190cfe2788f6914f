package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/registry"
)

// Options say who imports, and who is told what.
type Options struct {
	// By is who imports, for the history.
	By string
	// Practices has the names and telephones of practices whose Patients do not give them; nil
	// knows none.
	Practices *Practices
	// Kinds are the kinds of care relationship; nil is those that came with the program.
	Kinds *Kinds
	// Folder is where private temporary files are made, which no name leads to and which a
	// process that is killed leaves nothing of: a copy of what cannot be read twice, and digests
	// of ids, 24 bytes a resource. "" is the system's folder for such.
	Folder string
	// Told is called with every fault as it is found, from one goroutine at a time.
	Told func(Fault)
	// Waiting is called once if somebody else's import must end first.
	Waiting func()
	// Progress is called some times a second or more, from one goroutine at a time.
	Progress func(Progress)
	// Clock is for tests; nil is time.Now.
	Clock func() time.Time
}

// Progress is how far an import has got.
type Progress struct {
	// Writing says that all lines were checked and are taken now.
	Writing     bool
	Lines       int   // of the file that were checked, or taken
	Bytes, Size int64 // where those lines end, and the size of the file
	Faults      int   // that were found
}

// Registry is what an import writes to: a registry.Store, or the registry.Registry over one.
type Registry interface {
	registry.Reader
	Begin(ctx context.Context) (registry.Tx, error)
	Alone(ctx context.Context, waiting func()) (release func(), err error)
}

// Import reads NDJSON, one FHIR R4 resource a line, as docs/registry-import.md says, and records
// what the resources stand for.
//
// It reads the file twice. First every line is checked, alone and against what is on record;
// while one is faulty nothing is written. Then the lines are taken in batches of some
// milliseconds, each a transaction, with pauses between in which others write. A resource is
// never taken in part. The same file again after an import that did not end goes on where that
// one stopped. What others changed between the check and the batch can make a line faulty: it is
// left out by itself.
//
// A resource is known again by its type, id and meta.source: imported again with the same content
// it adds nothing; with other content it adds a version. What the file does not mention stays as
// it is. Empty lines are skipped. What only could open a record (a plan, a draft) opens none, and
// is counted.
//
// The memory that it takes does not grow with the file. Two imports at once wait for each other.
// The error is an *ImportError when lines are to be corrected.
func Import(ctx context.Context, into Registry, in io.Reader, opt Options) (Imported, error) {
	if !legible.Name(opt.By) {
		return Imported{}, errors.New("importing: say who imports")
	}
	if opt.Kinds == nil {
		opt.Kinds = shippedKinds()
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	done, err := importing(ctx, into, in, opt)
	if faulty := (*ImportError)(nil); err != nil && !errors.As(err, &faulty) {
		err = fmt.Errorf("importing: %w", err)
	}
	return done, err
}

func importing(ctx context.Context, into Registry, in io.Reader, opt Options) (Imported, error) {
	file, err := openSource(in, opt.Folder)
	if err != nil {
		return Imported{}, err
	}
	defer file.close()
	release, err := into.Alone(ctx, opt.Waiting)
	if err != nil {
		return Imported{}, err
	}
	defer release()
	i := &importer{into: into, file: file, opt: opt, reading: reading{now: opt.Clock(), practices: opt.Practices, kinds: opt.Kinds}}
	if err := i.recall(ctx); err != nil {
		return Imported{}, err
	}
	found, err := i.check(ctx)
	if err != nil {
		return Imported{}, err
	}
	return i.write(ctx, found)
}

// importer is one import.
type importer struct {
	into    Registry
	file    *source
	opt     Options
	reading reading
	before  progress // of the last import, this one's or another's
	secret  string   // to be noted; "" when it is
}

// recall reads what the imports before noted.
func (i *importer) recall(ctx context.Context) error {
	tx, err := i.into.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if i.before, err = lastProgress(ctx, tx); err != nil {
		return err
	}
	secret, err := tx.Recall(ctx, secretNote)
	if err != nil {
		return err
	}
	if secret == "" {
		secret = newSecret()
		i.secret = secret
	}
	i.reading.secret = []byte(secret)
	return nil
}

func (i *importer) progress(p Progress) {
	if i.opt.Progress != nil {
		p.Size = i.file.size
		i.opt.Progress(p)
	}
}
