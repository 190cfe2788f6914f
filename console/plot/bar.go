package plot

import "html/template"

var bar = template.Must(template.New("bar").Parse(
	`<svg class="mcr-plot mcr-plot--bar" width="100%" height="14" aria-hidden="true" focusable="false"><rect class="mcr-plot__rest" x="0" y="0" width="100%" height="14"/><rect class="mcr-plot__part-1" x="0" y="0" width="{{.}}" height="14"/></svg>`))

// Bar draws n of most as a bar lying down: it stands under its own words and number.
func Bar(n, most int) template.HTML {
	return drawn(bar, percent(min(1, max(0, float64(n)/float64(max(1, most))))))
}
