package replay

// words say what a change of a kind is: what the decision would be, of what it was.
var words = map[Kind]struct{ would, column string }{
	Permitted: {"would be permitted that were refused", "permitted"},
	More:      {"would show more", "more"},
	Refused:   {"would be refused that were permitted", "refused"},
	Less:      {"would show less", "less"},
	Partly:    {"would show some more and some less", "partly"},
	Unclear:   {"would be refused for want of a clear answer, or no longer for that", "unclear"},
	Alerts:    {"would tell the privacy officer, or no longer", "alerts"},
	Reasons:   {"would be the same for other reasons or by other rules", "reasons"},
}

// Would says what decisions of a kind would be: "would be refused that were permitted".
func (k Kind) Would() string { return words[k].would }

// Column is the heading of a column that counts a kind.
func (k Kind) Column() string { return words[k].column }

// headings say of a dimension what its rows are.
var headings = map[Dimension]string{
	ByRule: "rule that decided or would decide", ByOrganisation: "organisation that asked", ByRole: "role that asked",
	BySource: "source that was asked", ByPatient: "patient",
}

// Heading says what the rows of a dimension are.
func (d Dimension) Heading() string { return headings[d] }
