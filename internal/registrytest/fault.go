package registrytest

import (
	"net/http"
	"slices"
	"sync/atomic"
)

// A Class is what the one who meets a fault can say of it.
type Class string

const (
	Harmless    Class = "harmless"    // it passes, or there is a way around it
	Unavailable Class = "unavailable" // the network, or an overloaded server
	Denied      Class = "denied"
	Refused     Class = "refused"
	Unverified  Class = "unverified" // something is not what it is said to be
	Missing     Class = "missing"
)

// A Fault is something that goes wrong with requests.
type Fault struct {
	Name  string
	On    []Kind // what it can happen to; nil is everything
	Times int    // how often in a row; 0 is for ever
	Class Class
	Slow  bool // it takes its time: minutes, for each try
	do    func(Scene)
}

// Fits reports whether the fault can happen to requests of a kind.
func (f Fault) Fits(k Kind) bool { return f.On == nil || slices.Contains(f.On, k) }

// For returns the fault for so many times in a row; 0 is for ever.
func (f Fault) For(times int) Fault {
	f.Times = times
	return f
}

// NewFault makes a fault that no list has. The function answers the request, or does not.
func NewFault(name string, do func(Scene)) Fault { return Fault{Name: name, do: do} }

// A Scene is where a fault happens.
type Scene struct {
	W        http.ResponseWriter
	R        *http.Request
	Registry *Registry
	over     <-chan struct{}
}

// Wait waits until the client gives up, or the network does.
func (s Scene) Wait() {
	select {
	case <-s.over:
	case <-s.R.Context().Done():
	}
}

// Inject makes a fault happen to the requests that match, from the nth of them on, counted from 1.
// Over ends what never answers. It returns how often the fault has happened.
func (g *Registry) Inject(over <-chan struct{}, match func(*http.Request) bool, nth int, f Fault) func() int {
	var seen, happened atomic.Int32
	g.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !match(r) {
			return false
		}
		if n := int(seen.Add(1)); n < nth || f.Times > 0 && n >= nth+f.Times {
			return false
		}
		happened.Add(1)
		f.do(Scene{w, r, g, over})
		return true
	})
	return func() int { return int(happened.Load()) }
}

// At matches the requests of one point.
func At(point string) func(*http.Request) bool {
	return func(r *http.Request) bool { return pointOf(r.Method, r.URL.Path, r.URL.Query()) == point }
}

// Of matches the requests of some kinds.
func Of(kinds ...Kind) func(*http.Request) bool {
	return func(r *http.Request) bool { return slices.Contains(kinds, kindOf(r.Method, r.URL, r.URL.Query())) }
}
