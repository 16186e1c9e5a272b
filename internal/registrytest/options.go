package registrytest

import (
	"slices"
	"time"
)

// Auth is the way in which a registry knows its users.
type Auth int

const (
	// NoAuth lets everybody do everything.
	NoAuth Auth = iota
	// BasicAuth asks for a user and password with every request.
	BasicAuth
	// TokenAuth asks for a token with scopes, to be had at /token of the same host.
	TokenAuth
)

// The actions of a token's scope.
const (
	Pull   = "pull"
	Push   = "push"
	Delete = "delete"
)

// AnyRepository stands for every repository in Options.Public.
const AnyRepository = "*"

// Options set up a registry. The zero Options are a registry without authentication that mounts
// blobs, deletes nothing and moves tags, over plain HTTP.
type Options struct {
	Auth  Auth
	Users map[string]string // names and passwords
	// Allow decides what a user may do. It is called by many requests at once. Nil: everything.
	Allow func(user, repository, action string) bool
	// Public lists repositories that anybody may pull from, with TokenAuth by an anonymous token.
	Public []string
	// Realm is the address of the token server in challenges, for one that is somewhere else.
	Realm string
	// TokenLife is how long a token works; 60 seconds if zero, which is what clients have to assume
	// when they are not told.
	TokenLife time.Duration
	// Now is the clock that tokens expire by; time.Now if nil. It is called by many requests at once.
	Now func() time.Time

	RefuseMounts     bool // answer every mount with an upload session
	AllowDelete      bool // distribution has it off by default
	ImmutableTags    bool // refuse every PUT of a tag that exists, even of the same manifest, as ECR does
	RelativeLocation bool // Location without scheme and host
	Unchecked        bool // take manifests whose blobs and children are not there, as some registries do

	Referrers bool // list what refers to a manifest, as zot and olareg do
	// SubjectsFirst refuses a manifest whose subject is not there, as some registries do.
	SubjectsFirst bool
	PageSize      int // of lists, also where the client asks for no pages; no limit if zero

	// Latency is how long every request waits before anything is done about it.
	Latency time.Duration

	TLS bool // of the Server that New starts, with HTTP/2
}

func (o Options) withDefaults() Options {
	if o.TokenLife == 0 {
		o.TokenLife = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// may decides what a user may do where there are users; "" is anybody.
func (o Options) may(user, repository, action string) bool {
	if action == Pull && (slices.Contains(o.Public, repository) || slices.Contains(o.Public, AnyRepository)) {
		return true
	}
	return user != "" && (o.Allow == nil || o.Allow(user, repository, action))
}

// knows reports whether the password is that of the user.
func (o Options) knows(user, password string) bool {
	want, ok := o.Users[user]
	return ok && user != "" && want == password
}
