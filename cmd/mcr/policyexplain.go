package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
)

// explaining are the flags of mcr policy explain.
type explaining struct {
	question
	set   string // of policies, as namedSet takes it; "" is the one that decided
	input string // a file with an input document
}

func policyExplain() *cobra.Command {
	x := new(explaining)
	cmd := &cobra.Command{
		Use: "explain ID|CASE", Args: cobra.MaximumNArgs(1), SilenceUsage: true,
		Short: "Tells why something was decided, and what would have decided otherwise",
		Long: `Tells one decision: its effect, reasons and what it releases; each rule's part in it, and
which of its conditions held (those of rules that said nothing by their titles); whether the decision made again is the one that was recorded;
and the smallest change of the facts, or of the question, with which it would have been
decided otherwise. Each such change is decided by the same policies before it is told.

ID is the id of a record in the trail. It is explained by the policies that decided it: a
set kept in the data folder's revisions, or the one in this program. CASE is the name of a
decision case of the folder's testdata/decisions, its file before a colon (opt_out:an
opt-out wins ...), or a part of these that is no other's. --input explains an input
document, as a record has it under "input".

It ends with 0 when the decision made again is the one that was recorded, or that the case
expects, and with 1 when it is not.`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return x.run(cmd, args) }
	x.flags(cmd, "trail", "keys", "data")
	x.whoseFlag(cmd)
	x.jsonFlag(cmd)
	cmd.Flags().StringVar(&x.set, "policies", "", "explain by these policies: a folder, the name of a kept set or a part of it, or \"shipped\" (default: those that decided; for a case those of the configuration)")
	cmd.Flags().StringVar(&x.input, "input", "", "a file with an input document; - is standard input")
	return cmd
}

// Explained decisions may take long: nobody waits for them at a bedside, and the machine may
// be doing other work.
const explainLimit = 10 * time.Second

func (x *explaining) run(cmd *cobra.Command, args []string) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	var told *explained
	var err error
	switch {
	case (len(args) == 1 && args[0] != "") == (x.input != ""): // an empty variable of a shell names nothing
		return errors.New("name what is to be explained: the id of a record, a case, or --input FILE")
	case x.input != "":
		told, err = x.document(ctx, cmd)
	case recordID.MatchString(args[0]):
		told, err = x.record(ctx, cmd, args[0])
	default:
		told, err = x.storedCase(ctx, cmd, args[0])
	}
	if err != nil {
		return err
	}
	if x.json {
		err = json.NewEncoder(legible.Writer(cmd.OutOrStdout())).Encode(told)
	} else {
		err = told.print(cmd.OutOrStdout())
	}
	if err == nil && told.Again != nil && !told.Again.Same {
		err = errors.New(told.Again.fault())
	}
	return err
}

var recordID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// record explains a record of the trail, found as mcr audit show finds it.
func (x *explaining) record(ctx context.Context, cmd *cobra.Command, id string) (_ *explained, err error) {
	if x.org != "" {
		if _, err := nhs.ParseODSCode(x.org); err != nil {
			return nil, fmt.Errorf("--source-org %q: %w", x.org, err)
		}
	}
	if err := x.find(cmd, true); err != nil {
		return nil, err
	}
	t, err := openTrail(ctx, &x.settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	r, err := t.Show(ctx, strings.ToLower(id), x.scope())
	if err != nil {
		return nil, err
	}
	told := &explained{Record: r.ID, line: func(w io.Writer) error { return audit.PrintLine(w, r) }}
	if told.Undecided = undecided(r); told.Undecided != "" {
		return told, nil
	}
	rev, name, err := x.policiesOf(ctx, cmd, r)
	if err != nil {
		return nil, err
	}
	told.Policies = policySet{Name: name, Digest: rev.Digest(), Others: rev.Digest() != r.Digest}
	if err := told.of(ctx, rev, r.Input); err != nil {
		return nil, err
	}
	told.Again = againRecorded(r, told.is, told.Policies.Others)
	return told, nil
}

// policiesOf loads the policies by which a record is explained.
func (x *explaining) policiesOf(ctx context.Context, cmd *cobra.Command, r *audit.Record) (*decision.Revision, string, error) {
	if x.set != "" {
		fsys, err := namedSet(cmd, &x.settings, x.set)
		if err != nil {
			return nil, "", err
		}
		rev, err := loadExplaining(ctx, fsys)
		return rev, x.set, err
	}
	if len(r.Digest) < 12 {
		return nil, "", errors.New("the record does not say by which policies it was decided: name some with --policies")
	}
	if rev, name, err := x.settings.decidedBy(ctx, decision.DecidedBy{Digest: r.Digest, Own: r.Own, Organisation: r.SourceOrg}, decision.Options{Limit: explainLimit}); rev != nil || err != nil {
		return rev, name, err
	}
	return nil, "", fmt.Errorf("the policies that decided this (%s, digest %.12s) are not kept in %s, and are not those in this program: name others with --policies, such as --policies %s, and see what they decide",
		cmp.Or(legible.Line(r.Revision), "without a name"), r.Digest, filepath.Join(x.data, keptSets), shippedPolicies)
}

func loadExplaining(ctx context.Context, fsys fs.FS) (*decision.Revision, error) {
	return decision.Load(ctx, fsys, decision.Options{Limit: explainLimit})
}

// folder loads the policies by which a case or a document is explained.
func (x *explaining) folder(ctx context.Context, cmd *cobra.Command) (*decision.Revision, string, error) {
	var fsys fs.FS
	name := x.set
	var err error
	if name != "" {
		fsys, err = namedSet(cmd, &x.settings, name)
	} else {
		fsys, name, err = x.policySet(nil)
		name = cmp.Or(name, shippedPolicies)
	}
	if err != nil {
		return nil, "", err
	}
	rev, err := loadExplaining(ctx, fsys)
	return rev, name, err
}

// storedCase explains a decision case of the folder.
func (x *explaining) storedCase(ctx context.Context, cmd *cobra.Command, name string) (*explained, error) {
	rev, set, err := x.folder(ctx, cmd)
	if err != nil {
		return nil, err
	}
	all, err := cases.Read(ctx, rev)
	if err != nil {
		return nil, err
	}
	c, err := cases.Named(all, name)
	if err != nil {
		return nil, fmt.Errorf("among the cases of the policies %s: %w (an id of a record is a UUID)", set, err)
	}
	d, wrong := c.Run(ctx)
	told := &explained{Case: c.ShortFile() + ":" + c.Name, Given: c.Given(), When: c.When()}
	with := c.Engine.Revision()
	told.Policies = policySet{Name: set, Digest: with.Digest(), Settings: len(c.Settings()) > 0}
	if err := told.of(ctx, with, d.Input); err != nil {
		return nil, err
	}
	told.Again = &again{Same: len(wrong) == 0, Expected: true, Now: cases.Describe(d), Otherwise: wrong}
	return told, nil
}

// mostInput is how much of an input document is read; a record keeps no more.
const mostInput = 256 << 10

// document explains an input document of a file.
func (x *explaining) document(ctx context.Context, cmd *cobra.Command) (*explained, error) {
	in := cmd.InOrStdin()
	if x.input != "-" {
		f, err := os.Open(x.input)
		if err != nil {
			return nil, fmt.Errorf("reading the input document: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, mostInput+1))
	if err != nil {
		return nil, fmt.Errorf("reading the input document: %w", err)
	}
	if len(text) > mostInput {
		return nil, fmt.Errorf("reading the input document: it has more than %d bytes", mostInput)
	}
	rev, set, err := x.folder(ctx, cmd)
	if err != nil {
		return nil, err
	}
	told := &explained{Document: x.input, Policies: policySet{Name: set, Digest: rev.Digest()}}
	return told, told.of(ctx, rev, text)
}
