package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// pair is two requests that must not be told apart by the time of their answers.
type pair struct {
	name string
	a, b func(i int) string // addresses below the broker's base
	want int                // the status of both
}

// timing compares, pair by pair, the times of answers that say the same of what is there
// and of what is not: in random order, one at a time, over one connection.
func timing(n int) error {
	people, proxy, stop, err := started(warmPatients)
	if err != nil {
		return err
	}
	defer stop()
	client := newClient(1)
	stranger := func(i int) int { return warmPatients + i%strangers }
	pairs := []pair{
		{"the same twice (what noise is)", at("Observation?patient=p%d&_count=12", known), at("Observation?patient=p%d&_count=12", known), 200},
		{"search: a stranger's id, nobody's", at("Observation?patient=p%d", stranger), at("Observation?patient=u%d", fresh), 403},
		{"Patient: a stranger's, nobody's", at("Patient/p%d", stranger), at("Patient/u%d", fresh), 403},
		{"read: a stranger's item, none", at("Observation/o-p%d", stranger), at("Observation/n-p%d", fresh), 404},
		{"read: a withheld item, none", at("Observation/x-p%d", known), at("Observation/n-p%d", fresh), 404},
		{"everything: a stranger's, nobody's", at("Patient/p%d/$everything?_type=Observation,Condition", stranger), at("Patient/u%d/$everything?_type=Observation,Condition", fresh), 403},
		{"page: a token that is none, and one", at("Observation?_page="+long+"%d", known), at("Observation?_page="+long[1:]+"x%d", known), 404},
		{"document: a link that is none, and one", at("Binary?_link="+long+"%d", known), at("Binary?_link="+long[1:]+"x%d", known), 404},
	}
	fmt.Printf("%d of each, in random order. t is Welch's, of what is below the 95th percentile; beyond 4.5 is a difference.\n\n", n)
	fmt.Printf("%-40s %9s %9s %18s %8s\n", "", "a, us", "b, us", "b/a (95%)", "t")
	for _, p := range pairs {
		var took [2][]float64
		for i := range 2*n + 200 {
			which := rand.IntN(2)
			address := p.a(i)
			if which == 1 {
				address = p.b(i)
			}
			began := time.Now()
			status, err := status(client, proxy.broker+"/fhir/"+address, people.session)
			spent := float64(time.Since(began).Nanoseconds()) / 1000
			if err != nil {
				return fmt.Errorf("%s: %s: %w", p.name, address, err)
			}
			if status != p.want {
				return fmt.Errorf("%s: %s answered %d, want %d", p.name, address, status, p.want)
			}
			if i >= 200 { // else it warms up
				took[which] = append(took[which], spent)
			}
		}
		a, b := took[0], took[1]
		low, high := interval(a, b)
		fmt.Printf("%-40s %9.0f %9.0f %6.3f %6.3f..%5.3f %6.1f\n", p.name, middle(a), middle(b), middle(b)/middle(a), low, high, welch(a, b))
	}
	return nil
}

const long = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func known(i int) int { return i % warmPatients }
func fresh(i int) int { return i % strangers }

func at(form string, who func(int) int) func(int) string {
	return func(i int) string { return fmt.Sprintf(form, who(i)) }
}

func status(client *http.Client, address, bearer string) (int, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	r.Header["Authorization"] = []string{bearer}
	answer, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

func middle(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// interval is where the ratio of the medians lies, 95 times of 100 that both are drawn anew.
func interval(a, b []float64) (low, high float64) {
	var ratios []float64
	for range 400 {
		ratios = append(ratios, middle(drawn(b))/middle(drawn(a)))
	}
	slices.Sort(ratios)
	return ratios[10], ratios[389]
}

func drawn(from []float64) []float64 {
	all := make([]float64, len(from))
	for i := range all {
		all[i] = from[rand.IntN(len(from))]
	}
	return all
}

// welch is the t of two samples, less the twentieth that was disturbed most, as dudect has it
// (Reparaz, Balasch, Verbauwhede: Dude, is my code constant time?, 2017).
func welch(a, b []float64) float64 {
	all := slices.Sorted(slices.Values(append(slices.Clone(a), b...)))
	most := all[len(all)*95/100]
	moments := func(of []float64) (n, mean, variance float64) {
		for _, v := range of {
			if v <= most {
				n++
				mean += v
			}
		}
		mean /= n
		for _, v := range of {
			if v <= most {
				variance += (v - mean) * (v - mean)
			}
		}
		return n, mean, variance / (n - 1)
	}
	na, ma, va := moments(a)
	nb, mb, vb := moments(b)
	return (mb - ma) / math.Sqrt(va/na+vb/nb)
}
