package decision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/mycarerecord/mcr/fhir"
)

// Options say how policies are loaded. The zero Options are fit for use.
type Options struct {
	// Revision is the name under which decisions are recorded, such as
	// "2026-03-02.1". Empty: "local-" and the beginning of the digest.
	Revision string
	// Limit is how long one decision may take. Zero: 100 ms, some five thousand
	// times what one takes. A decision that takes longer is Indeterminate.
	Limit time.Duration
	// Log is told why a decision became "policy-unclear". It is told of rules and
	// built-ins, never of a patient. Nil: nobody is told.
	Log *slog.Logger
}

// Revision is one set of policies, compiled. It never changes.
type Revision struct {
	name, digest string
	limit        time.Duration
	log          *slog.Logger

	query      rego.PreparedEvalQuery
	txn        storage.Transaction // for reading, shared: the store is never written
	reasons    reasonBook
	settings   Settings
	classes    *fhir.Classifier
	everyClass []string
	program    *program // nil: policies use what the machine does not know
	plans      planBook
	possible   possible

	// For people, never for Decide: the rules as they are written, and the query
	// that asks all of them (Explain).
	written    []Rule
	classNames map[string]string // categories in words
	roleNames  map[string]string // job roles in words
	systems    map[string]string // address of a code system → its short name
	everyRule  rego.PreparedEvalQuery
}

// Name is the revision's name, as decisions record it.
func (r *Revision) Name() string { return r.name }

// Digest is the SHA-256, in hex, of the rules, data and schema.
func (r *Revision) Digest() string { return r.digest }

// Settings are what the deployment chose in data/settings.json.
func (r *Revision) Settings() Settings { return r.settings }

// Classes tells the record category of a resource, by the lists of the revision.
func (r *Revision) Classes() *fhir.Classifier { return r.classes }

// entryPoint is the one thing that is asked of the policies.
const entryPoint = "data.mcr.decision.outcome"

// everyRule is asked when a decision is to be explained.
const everyRule = "data.mcr.rules"

// Load reads and compiles the policies of a folder (policies.FS, or os.DirFS of
// a copy). All faults of a kind (form, lists, names, types) are given at once,
// each with file and line. Test modules
// and cases are not part of what is loaded.
func Load(ctx context.Context, fsys fs.FS, opt Options) (*Revision, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	return load(ctx, f, opt)
}

func load(ctx context.Context, f files, opt Options) (*Revision, error) {
	l, listErr := readLists(f.data)
	modules, err := parse(f.rules)
	if err := errors.Join(listErr, err, checkMasks(l.documents, modules)); err != nil {
		return nil, err
	}
	compiler, err := compile(modules, f.schema)
	if err != nil {
		return nil, err
	}
	if len(compiler.GetRules(ast.MustParseRef(entryPoint))) == 0 {
		return nil, fmt.Errorf("loading policies: no rule %s: decision.rego is missing or does not give it", entryPoint)
	}
	if err := checkReferences(compiler, l.documents); err != nil {
		return nil, err
	}
	return build(ctx, f, l, modules, compiler, opt)
}

func build(ctx context.Context, f files, l lists, modules map[string]*ast.Module, compiler *ast.Compiler, opt Options) (*Revision, error) {
	classes, err := l.classes.classifier()
	if err != nil {
		return nil, fmt.Errorf("loading policies: categories: %w", err)
	}
	r := &Revision{
		name: opt.Revision, digest: f.digest(), limit: opt.Limit, log: opt.Log,
		reasons: l.reasons, settings: l.settings,
		classes: classes, everyClass: l.classes.every, written: written(modules, f.rules),
		classNames: l.classes.names, roleNames: l.roleNames(), systems: l.classes.systems,
	}
	if r.name == "" {
		r.name = "local-" + r.digest[:12]
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.limit <= 0 {
		r.limit = 100 * time.Millisecond
	}
	s := store(l.documents)
	prepare := func(query string) rego.PreparedEvalQuery {
		q, fault := rego.New(
			rego.ParsedQuery(ast.MustParseBody(query)),
			rego.Compiler(compiler),
			rego.Store(s),
			rego.StrictBuiltinErrors(true), // a built-in's error must not make a denial vanish
			rego.GenerateJSON(asTerm),
		).PrepareForEval(ctx)
		err = errors.Join(err, fault)
		return q
	}
	r.query, r.everyRule = prepare(entryPoint), prepare(everyRule)
	if err != nil {
		return nil, fmt.Errorf("preparing policies: %w", err)
	}
	r.program, err = plan(ctx, modules, f.rules, l.documents)
	if err != nil && !errors.Is(err, errNotPlanned) {
		return nil, err
	}
	r.txn, err = s.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("preparing policies: %w", err)
	}
	return r, nil
}

// asTerm hands the result over as it is: turning it into Go maps costs more
// than the evaluation.
func asTerm(t *ast.Term, _ *rego.EvalContext) (any, error) { return t, nil }
