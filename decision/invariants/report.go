package invariants

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"path"
	"strings"
	"time"
)

// ErrBroken says that an invariant does not hold, or proves nothing. What it is has
// been written out.
var ErrBroken = errors.New("the policies break an invariant")

// Test proves the invariants of a folder of policies and writes an account of it to
// w that needs no programmer to read. It gives ErrBroken when anything is not as it
// should be.
func Test(ctx context.Context, fsys fs.FS, w io.Writer) error {
	_, err := Try(ctx, fsys, w)
	return err
}

// Try is Test, and gives what was found too. What keeps the invariants from being proved at
// all is an error with ErrBroken, and the faults of their files where that is why.
func Try(ctx context.Context, fsys fs.FS, w io.Writer) (Report, error) {
	fmt.Fprintln(w, "What holds whatever is asked and whatever is known")
	r, err := Prove(ctx, fsys)
	if faults := (Faults)(nil); errors.As(err, &faults) {
		for _, f := range faults {
			fmt.Fprintf(w, "  WRONG %s\n", f)
		}
		return r, fmt.Errorf("proving invariants: %w", cannot{faults})
	}
	if errors.Is(err, ErrNone) {
		const none = "there are no invariants: " + Folder + "/*.yaml say what must hold in all states; the policies that come with mcr have some to begin with"
		fmt.Fprintf(w, "  WRONG %s\n", none)
		return r, fmt.Errorf("proving invariants: %w", cannot{Faults{{File: Folder, Text: none}}})
	}
	if err != nil {
		return r, err
	}
	return r, r.Write(w)
}

// cannot reads as ErrBroken, since what it is has been written out, and holds the faults.
type cannot struct{ faults Faults }

func (cannot) Error() string     { return ErrBroken.Error() }
func (c cannot) Unwrap() []error { return []error{ErrBroken, c.faults} }

// Write writes the account.
func (r *Report) Write(w io.Writer) error {
	broken := 0
	for i := range r.Results {
		if !r.Results[i].Held() {
			broken++
		}
		r.Results[i].write(w)
	}
	var states []string
	for _, n := range r.States {
		states = append(states, Thousands(n))
	}
	fmt.Fprintf(w, "\n%d invariants over %s states, proved with %d decisions, %d of them made again by OPA's evaluator, in %.1f s.\n",
		len(r.Results), strings.Join(states, " and "), r.Decisions, r.Replayed, r.Took.Round(100*time.Millisecond).Seconds())
	fmt.Fprintf(w, "A state is a question and what is known, as far as the rules can tell it from others. Lists have none, one or two entries.\n")
	for _, b := range r.Bounds {
		fmt.Fprintf(w, "Note: %s\n", b)
	}
	if broken > 0 {
		fmt.Fprintf(w, "%d invariants do not hold.\n", broken)
		return fmt.Errorf("proving invariants: %w", ErrBroken)
	}
	return nil
}

func (r *Result) write(w io.Writer) {
	where := fmt.Sprintf("%s/%s:%d", Folder, path.Base(r.File), r.Line)
	switch {
	case r.Held():
		fmt.Fprintf(w, "  ok    %s: in all %s states\n", r.Name, Thousands(r.States))
	case r.States.Sign() == 0:
		fmt.Fprintf(w, "  WRONG %s %s\n", where, r.Name)
		fmt.Fprintf(w, "          there is no state in which its whenever is met, so it proves nothing: say a whenever that can be, or delete it\n")
	default:
		fmt.Fprintf(w, "  WRONG %s %s\n", where, r.Name)
		fmt.Fprintf(w, "          not so in %s of %s states. The smallest:\n", Thousands(r.Broken), Thousands(r.States))
		r.Smallest.Write(w, "          ")
	}
}

// Then says what is decided of a case, in a line.
func (c *Case) Then() string { return released(&c.Decision) }

// Write writes a case in sentences and as a case file.
func (c *Case) Write(w io.Writer, indent string) {
	for _, s := range c.Given {
		fmt.Fprintf(w, "%sGiven  %s\n", indent, s)
	}
	for _, s := range c.When {
		fmt.Fprintf(w, "%sWhen   %s\n", indent, s)
	}
	fmt.Fprintf(w, "%sThen   %s\n", indent, c.Then())
	if c.Beyond != "" {
		fmt.Fprintf(w, "%sA case file cannot say all of this: %s\n", indent, c.Beyond)
	}
	fmt.Fprintf(w, "%sAs a case, to copy into testdata/decisions (it expects what is decided now; say what should be):\n", indent)
	fmt.Fprintf(w, "%s\n", indented(c.YAML, indent+"  "))
}

// Thousands writes a number with commas.
func Thousands(n *big.Int) string {
	text := n.String()
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
