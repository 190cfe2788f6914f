package decision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhir"
)

// Settings is data/settings.json: what a deployment chooses.
type Settings = lists.Settings

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
	// Own are the rules of organisations' own, which may only restrict, by the ODS code of the
	// organisation (package own).
	Own map[string]*Revision
}

// Revision is one set of policies, compiled. It never changes.
type Revision struct {
	name, digest string
	limit        time.Duration
	log          *slog.Logger

	files      folder.Files
	outcome    *rego.Search
	reasons    lists.Reasons
	settings   lists.Settings
	classes    *fhir.Classifier
	everyClass []string
	own        map[string]*Revision // of organisations, by ODS code
	alone      *Revision            // the same without these; nil when there are none
	compiler   *ast.Compiler
	plan       *rego.Plan    // nil: policies use what OPA's planner or the machine does not know
	program    *rego.Program // of plan, over the data
	plans      planBook
	possible   possible
	memory     memory

	// For people, never for Decide: the rules as they are written, and the query
	// that asks all of them (Explain).
	rules      []Rule
	classNames map[string]string // categories in words
	roleNames  map[string]string // job roles in words
	systems    map[string]string // address of a code system → its short name
	everyRule  *rego.Search
	modules    map[string]*ast.Module
	lists      lists.Lists

	shapeOnce sync.Once // of inputShape
	shape     *shape
}

// Name is the revision's name, as decisions record it.
func (r *Revision) Name() string { return r.name }

// Digest is the SHA-256, in hex, of the rules, data and schema.
func (r *Revision) Digest() string { return r.digest }

// Settings are what the deployment chose in data/settings.json.
func (r *Revision) Settings() lists.Settings { return r.settings }

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
	f, err := folder.Read(fsys)
	if err != nil {
		return nil, err
	}
	return LoadFiles(ctx, f, opt)
}

// Fingerprint is the SHA-256, in hex, of all that a folder of policies holds,
// tests and cases included: two folders with one fingerprint have one book.
func Fingerprint(fsys fs.FS) (string, error) {
	f, err := folder.Read(fsys)
	if err != nil {
		return "", err
	}
	return f.Fingerprint(), nil
}

// LoadFiles is Load for a folder that has been read.
func LoadFiles(ctx context.Context, f folder.Files, opt Options) (*Revision, error) {
	return LoadCompiled(ctx, f, Compiled{}, opt)
}

// Compiled is what somebody has made of a folder's rules already, as Load makes it.
type Compiled struct {
	Modules  map[string]*ast.Module // as they are written, by file
	Compiler *ast.Compiler          // of them alone, with the folder's schema; nil: nothing was made
}

// LoadCompiled is LoadFiles without compiling again what is compiled.
func LoadCompiled(ctx context.Context, f folder.Files, made Compiled, opt Options) (*Revision, error) {
	l, listErr := lists.Read(f.Data)
	modules, compiler := made.Modules, made.Compiler
	var err error
	if compiler == nil {
		modules, err = rego.Parse(f.Rules)
	}
	if err := errors.Join(listErr, err, checkMasks(l.Documents, modules)); err != nil {
		return nil, err
	}
	if compiler == nil {
		if compiler, err = rego.Compile(modules, f.Schema); err != nil {
			return nil, err
		}
	}
	if len(compiler.GetRules(ast.MustParseRef(entryPoint))) == 0 {
		return nil, fmt.Errorf("loading policies: no rule %s: decision.rego is missing or does not give it", entryPoint)
	}
	if err := checkReferences(compiler, l.Documents); err != nil {
		return nil, err
	}
	plan, err := rego.NewPlan(ctx, modules, compiler, entryPoint)
	if err != nil && !errors.Is(err, rego.ErrNotPlanned) {
		return nil, err
	}
	rev, err := build(ctx, f, l, nil, &Revision{modules: modules, compiler: compiler, plan: plan, rules: written(modules, f.Rules)}, opt)
	if err != nil || len(opt.Own) == 0 {
		return rev, err
	}
	return rev.Beside(opt.Own)
}

// WithData loads the same rules over other data, such as settings of a case: what was
// compiled and planned serves again.
func (r *Revision) WithData(ctx context.Context, data map[string]string, opt Options) (*Revision, error) {
	f := r.files
	f.Data = data
	var l lists.Lists
	var classes *fhir.Classifier
	var err error
	if r.differsInSettings(data) {
		l, err = r.lists.WithSettings(data[lists.SettingsFile])
		classes = r.classes
	} else {
		l, err = lists.Read(data)
	}
	if err := errors.Join(err, checkMasks(l.Documents, nil)); err != nil { // those of the rules were looked at
		return nil, err
	}
	if err := checkReferences(r.compiler, l.Documents); err != nil {
		return nil, err
	}
	rev, err := build(ctx, f, l, classes, r, opt)
	if err != nil || len(opt.Own) == 0 {
		return rev, err
	}
	return rev.Beside(opt.Own)
}

// differsInSettings reports whether data is r's own but for the settings.
func (r *Revision) differsInSettings(data map[string]string) bool {
	for file, text := range data {
		if was, ok := r.files.Data[file]; !ok || was != text && file != lists.SettingsFile {
			return false
		}
	}
	return len(data) == len(r.files.Data)
}

// Under is the same revision under other options; the rules of organisations' own stay as they are.
func (r *Revision) Under(opt Options) *Revision {
	out := &Revision{
		digest: r.digest, files: r.files, outcome: r.outcome, reasons: r.reasons, settings: r.settings, classes: r.classes,
		everyClass: r.everyClass, compiler: r.compiler, plan: r.plan, program: r.program, rules: r.rules, classNames: r.classNames,
		roleNames: r.roleNames, systems: r.systems, everyRule: r.everyRule, modules: r.modules, lists: r.lists, own: r.own, alone: r.alone,
	}
	out.heed(opt)
	return out
}

// heed takes options over, or what stands for those that are not given.
func (r *Revision) heed(opt Options) {
	r.name, r.limit, r.log = opt.Revision, opt.Limit, opt.Log
	if r.name == "" {
		r.name = "local-" + r.digest[:12]
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.limit <= 0 {
		r.limit = 100 * time.Millisecond
	}
}

// build makes a revision of the rules of another, over the data of f. Without classes it makes
// those of the lists.
func build(ctx context.Context, f folder.Files, l lists.Lists, classes *fhir.Classifier, of *Revision, opt Options) (*Revision, error) {
	var err error
	if classes == nil {
		if classes, err = l.Classes.Classifier(); err != nil {
			return nil, fmt.Errorf("loading policies: categories: %w", err)
		}
	}
	r := &Revision{
		digest: f.Digest(), files: f,
		reasons: l.Reasons, settings: l.Settings,
		classes: classes, everyClass: l.Classes.Every,
		classNames: l.Classes.Names, roleNames: l.RoleNames(), systems: l.Classes.Systems,
		rules: of.rules, modules: of.modules, compiler: of.compiler, plan: of.plan, lists: l,
	}
	r.heed(opt)
	s := rego.Store(l.Documents)
	if r.outcome, err = rego.NewSearch(ctx, r.compiler, s, entryPoint); err != nil {
		return nil, err
	}
	if r.everyRule, err = rego.NewSearch(ctx, r.compiler, s, everyRule); err != nil {
		return nil, err
	}
	if of.program != nil {
		r.program = of.program.Over(l.Documents)
	}
	if r.plan != nil && r.program == nil {
		r.program, err = r.plan.Program(l.Documents)
		if err != nil && !errors.Is(err, rego.ErrNotPlanned) {
			return nil, err
		}
	}
	return r, nil
}

// Files are the texts of the folder that was loaded.
func (r *Revision) Files() folder.Files { return r.files }

// Options are those with which the revision was loaded.
func (r *Revision) Options() Options {
	return Options{Revision: r.name, Limit: r.limit, Log: r.log, Own: r.own}
}

// ServedData is what the rules see of the lists, as one JSON document (OPA's data.json).
func (r *Revision) ServedData() ([]byte, error) {
	return json.MarshalIndent(r.lists.Documents, "", " ")
}

// Categories are all record categories, in the order of data/categories.json.
func (r *Revision) Categories() []string { return slices.Clone(r.everyClass) }

// CategoryNames say in words what the categories are.
func (r *Revision) CategoryNames() map[string]string { return r.classNames }

// RoleNames say in words what the job roles are.
func (r *Revision) RoleNames() map[string]string { return r.roleNames }

// Rules are the rules as they are written; decision.rego is the one without a name.
func (r *Revision) Rules() []Rule { return r.rules }

// Planned reports whether the fast machine knows all that the policies use.
func (r *Revision) Planned() bool { return r.program != nil }

// Gives reports whether the revision has words for a reason code.
func (r *Revision) Gives(code string) bool {
	_, there := r.reasons.Entries[code]
	return there
}

// Reason gives the text of a reason code, by the revision's data/reasons.json.
func (r *Revision) Reason(code string) access.Reason { return r.reasons.Reason(code, nil) }
