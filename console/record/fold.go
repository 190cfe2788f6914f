package record

import "slices"

// Folded gives the view for paper: personal details that several sources have in
// the same words stand there once, with all that have them. The rest is shared with v.
func (v *View) Folded() *View {
	out := *v
	out.Categories = slices.Clone(v.Categories)
	for i := range out.Categories {
		out.Categories[i].Lines = folded(out.Categories[i].Lines)
	}
	return &out
}

func folded(lines []*Line) []*Line {
	var out []*Line
	for _, l := range lines {
		at := -1
		if l.typ == "Patient" {
			at = slices.IndexFunc(out, l.saysTheSame)
		}
		if at < 0 {
			one := *l
			out = append(out, &one)
			continue
		}
		out[at].Also = append(out[at].Also, l)
	}
	return out
}

// saysTheSame compares all that a page shows of two entries but their sources.
func (l *Line) saysTheSame(o *Line) bool {
	return l.typ == o.typ && l.Kind == o.Kind && l.Title == o.Title && l.Dated() == o.Dated() && l.Standing == o.Standing && l.Value == o.Value &&
		l.Range == o.Range && l.Prose == o.Prose && slices.Equal(l.Facts, o.Facts) && slices.Equal(l.Marks, o.Marks)
}
