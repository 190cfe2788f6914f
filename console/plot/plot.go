package plot

import (
	"fmt"
	"html/template"
	"strings"
)

// drawn fills a template with what was measured.
func drawn(t *template.Template, data any) template.HTML {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		panic("plot: drawing what was measured here: " + err.Error())
	}
	return template.HTML(b.String())
}

// percent writes a place along: 12.5%.
func percent(of float64) string { return fmt.Sprintf("%.3f%%", 100*of) }

// short writes a number in few signs: 950, 1.2k, 34k, 5m.
func short(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprint(n)
	case n < 9950:
		return strings.Replace(fmt.Sprintf("%.1fk", float64(n)/1000), ".0k", "k", 1)
	case n < 999_500:
		return fmt.Sprintf("%.0fk", float64(n)/1000)
	}
	return fmt.Sprintf("%.0fm", float64(n)/1_000_000)
}

// scale gives where lines are drawn across: some round numbers, the last at least most.
func scale(most int) (lines []int) {
	step := 1
	for i := 0; step*4 < most; i++ {
		step = []int{1, 2, 5}[(i+1)%3] * pow10((i+1)/3)
	}
	for n := step; ; n += step {
		lines = append(lines, n)
		if n >= most {
			return lines
		}
	}
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}
