package registrytest

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A Registry is the registry itself, an http.Handler that can be served by anything. Its methods can
// be called while it serves.
type Registry struct {
	options Options
	store   *store
	tokens  *tokens
	log     requestLog
	hook    atomic.Pointer[hook]
}

type hook func(w http.ResponseWriter, r *http.Request) bool

// NewRegistry returns an empty registry. Of the options, TLS is up to whoever serves it.
func NewRegistry(o Options) *Registry {
	return &Registry{options: o.withDefaults(), store: newStore(), tokens: newTokens()}
}

// Intercept puts a function in front of everything but the request log. It sees every request, /token
// too, and many at once; the registry answers those for which it returns false. A function that spoils
// an answer can have it made by [Registry.Answer]; the writer can be hijacked over HTTP/1. Nil takes
// the function away.
func (g *Registry) Intercept(f func(w http.ResponseWriter, r *http.Request) bool) {
	if f == nil {
		g.hook.Store(nil)
		return
	}
	h := hook(f)
	g.hook.Store(&h)
}

// ServeHTTP writes the request down, then answers it.
func (g *Registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := g.log.begin(w, r)
	defer rec.over() // also of a handler that panics to break the connection
	time.Sleep(g.options.Latency)
	if h := g.hook.Load(); h == nil || !(*h)(rec, r) {
		g.Answer(rec, r)
	}
	rec.end()
}

// Answer does what the request asks for, without request log and interceptor.
func (g *Registry) Answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" && g.options.Auth == TokenAuth {
		g.serveToken(w, r)
		return
	}
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	route, ok, err := parseRoute(r.URL.EscapedPath())
	if !ok || route.endpoint == referrersEndpoint && !g.options.Referrers {
		http.NotFound(w, r)
		return
	}
	if err == nil {
		err = g.dispatch(w, r, route)
	}
	if err != nil {
		writeError(w, err)
	}
}

// A call is a request that may do what it asks for.
type call struct {
	route
	may func(repository, action string) bool
}

type handler func(*Registry, http.ResponseWriter, *http.Request, call) error

var handlers = map[endpoint]map[string]handler{
	pingEndpoint: {"GET": (*Registry).ping, "HEAD": (*Registry).ping},
	manifestEndpoint: {
		"GET": (*Registry).getManifest, "HEAD": (*Registry).getManifest,
		"PUT": (*Registry).putManifest, "DELETE": (*Registry).deleteManifest,
	},
	blobEndpoint: {
		"GET": (*Registry).getBlob, "HEAD": (*Registry).getBlob, "DELETE": (*Registry).deleteBlob,
	},
	uploadsEndpoint: {"POST": (*Registry).startUpload},
	uploadEndpoint: {
		"GET": (*Registry).getUpload, "PATCH": (*Registry).patchUpload,
		"PUT": (*Registry).putUpload, "DELETE": (*Registry).deleteUpload,
	},
	tagsEndpoint:      {"GET": (*Registry).listTags},
	referrersEndpoint: {"GET": (*Registry).listReferrers},
}

func (g *Registry) dispatch(w http.ResponseWriter, r *http.Request, route route) error {
	handle := handlers[route.endpoint][r.Method]
	if handle == nil {
		return errUnsupported
	}
	may, err := g.authorize(w, r, route)
	if err != nil {
		return err
	}
	return handle(g, w, r, call{route, may})
}

func (g *Registry) ping(w http.ResponseWriter, _ *http.Request, _ call) error {
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// location is the address of something on this registry: absolute as the one the client used, or
// without scheme and host. Clients have to take both (spec, "Pushing blobs").
func (g *Registry) location(r *http.Request, elem ...string) string {
	path := "/v2/" + strings.Join(elem, "/")
	if g.options.RelativeLocation {
		return path
	}
	return baseURL(r) + path
}

// baseURL is how the client reaches this registry.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
