package remote

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

func TestTags(t *testing.T) {
	for _, size := range []int{0, 1, 2, 7} {
		o := tokenAuth
		o.PageSize = size
		server := registrytest.New(t, o)
		want := []string{"1", "1.0", "2", "latest", "sha256-x.sig"}
		for _, tag := range want {
			server.Push(t, "app", tag, registrytest.Image{}.Build())
		}
		repositories := open(t, Options{Credentials: login}, server.Host(), "app", "none")
		if got, err := repositories[0].Tags(t.Context()); err != nil || !slices.Equal(got, want) {
			t.Errorf("pages of %d: %q, %v", size, got, err)
		}
		if _, err := repositories[1].Tags(t.Context()); !errors.Is(err, registry.ErrNotFound) {
			t.Errorf("of nothing: %v", err)
		}
	}
}

func TestReferrers(t *testing.T) {
	image := registrytest.Image{}.Build()
	subject := registry.NewManifest(types.MediaType(image.MediaType), image.Manifest).Descriptor()
	for _, o := range []registrytest.Options{{}, {Referrers: true}, {Referrers: true, PageSize: 2}} {
		server := registrytest.New(t, o)
		server.Push(t, "app", "1.0", image)
		app := open(t, Options{}, server.Host(), "app")[0]
		var want []v1.Hash
		for i := range 5 {
			about := registrytest.Refer(subject, "application/vnd.example", fmt.Sprint(i))
			server.Push(t, "app", "", about) // for its blobs
			m := registry.NewManifest(types.MediaType(about.MediaType), about.Manifest)
			want = append(want, m.Digest)
			if listed, err := app.PutReferrer(t.Context(), m); err != nil || listed != o.Referrers {
				t.Errorf("it says that it lists it: %v, %v", listed, err)
			}
		}
		got, err := app.Referrers(t.Context(), subject.Digest)
		if !o.Referrers {
			if !errors.Is(err, registry.ErrNotFound) {
				t.Errorf("a registry that does not know the question: %v", err)
			}
			continue
		}
		for _, d := range got {
			if !slices.Contains(want, d.Digest) || d.ArtifactType != "application/vnd.example" {
				t.Errorf("it lists %v", d)
			}
		}
		if err != nil || len(got) != len(want) {
			t.Errorf("pages of %d: %d referrers, %v", o.PageSize, len(got), err)
		}
	}
}

// A registry that does not know what it is asked says so in many ways; others are failures.
func TestUnknownQuestions(t *testing.T) {
	for status, class := range map[int]error{
		http.StatusNotFound:         registry.ErrNotFound,
		http.StatusMethodNotAllowed: registry.ErrNotFound,
		http.StatusNotImplemented:   registry.ErrNotFound,
		http.StatusForbidden:        registry.ErrDenied,
		http.StatusBadGateway:       registry.ErrUnavailable,
	} {
		server := registrytest.New(t, registrytest.Options{})
		answer(server, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			fmt.Fprint(w, "<html>")
		})
		_, err := open(t, Options{}, server.Host(), "app")[0].Referrers(t.Context(), registry.DigestOf(nil))
		if status == http.StatusForbidden {
			class = registry.ErrUnverified // a page for people
		}
		if !errors.Is(err, class) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// What is answered with something else than an index is no list of referrers, even an empty one.
func TestQuestionsTakenForAnother(t *testing.T) {
	const page = `</v2/app/referrers/next>; rel="next"`
	for name, test := range map[string]struct {
		types []string // of the pages
		body  string
		class error
	}{
		"JSON":                     {[]string{"application/json"}, `{}`, registry.ErrNotFound},
		"JSON that is no object":   {[]string{"application/json"}, `[]`, registry.ErrNotFound},
		"what looks like a list":   {[]string{"application/json; charset=utf-8"}, `{"schemaVersion":2,"manifests":[]}`, registry.ErrNotFound},
		"a page for people":        {[]string{"text/html"}, `<html>`, registry.ErrNotFound},
		"nothing":                  {[]string{""}, ``, registry.ErrNotFound},
		"a list":                   {[]string{"application/vnd.oci.image.index.v1+json; charset=utf-8"}, `{"schemaVersion":2,"manifests":[]}`, nil},
		"a list that does not end": {[]string{"application/vnd.oci.image.index.v1+json", "application/json"}, `{"schemaVersion":2,"manifests":[]}`, registry.ErrUnverified},
	} {
		t.Run(name, func(t *testing.T) {
			server := registrytest.New(t, registrytest.Options{})
			pages := test.types
			answer(server, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", pages[0])
				if pages = pages[1:]; len(pages) > 0 {
					w.Header().Set("Link", page)
				}
				fmt.Fprint(w, test.body)
			})
			_, err := open(t, Options{}, server.Host(), "app")[0].Referrers(t.Context(), registry.DigestOf(nil))
			if !errors.Is(err, test.class) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestReferrersWithoutEnd(t *testing.T) {
	d := `{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":2,"digest":"` + registry.DigestOf(nil).String() + `"}`
	for says, body := range map[string]string{
		"the manifest has more than 1000 referrers, which is the limit": `{"schemaVersion":2,"manifests":[` + strings.Repeat(d+",", 399) + d + `]}`,
		"more than 1000 pages": `{"schemaVersion":2,"manifests":[]}`,
	} {
		server := registrytest.New(t, registrytest.Options{})
		pages := 0
		answer(server, http.MethodGet, func(w http.ResponseWriter, r *http.Request) {
			pages++
			w.Header().Set("Content-Type", string(types.OCIImageIndex))
			w.Header().Set("Link", "<"+r.URL.Path+`>; rel="next"`)
			fmt.Fprint(w, body)
		})
		_, err := open(t, Options{}, server.Host(), "app")[0].Referrers(t.Context(), registry.DigestOf(nil))
		if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
		if says == "the manifest has more than 1000 referrers, which is the limit" && pages != 3 {
			t.Errorf("%d pages are read", pages)
		}
	}
}

// A tag that is listed twice is one tag.
func TestTagsListedTwice(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	pages := 0
	answer(server, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		if pages++; pages == 1 {
			w.Header().Set("Link", `</v2/app/tags/list>; rel="next"`)
		}
		fmt.Fprint(w, `{"tags":["b","a","b"]}`)
	})
	if got, err := open(t, Options{}, server.Host(), "app")[0].Tags(t.Context()); err != nil || !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("%q, %v", got, err)
	}
}

// What a list of tags holds that is no tag is named once and left out.
func TestTagsThatAreNone(t *testing.T) {
	digest := registry.DigestOf(nil).String()
	for body, test := range map[string]struct {
		want  []string
		warns string
	}{
		`{"tags":["` + digest + `","1.0"]}`:                          {[]string{"1.0"}, `"` + digest + `", which is not a valid tag: skipped`},
		`{"tags":["b","-ot-x","a","../../etc","-ot-x","\u001b[2J"]}`: {[]string{"b", "a"}, `"-ot-x" and 2 more, which are not valid tags: skipped`},
		`{"tags":["a","` + strings.Repeat("x", 129) + `"]}`:          {[]string{"a"}, "which is not a valid tag: skipped"},
		`{"tags":["a",""]}`:                                          {[]string{"a"}, `"", which is not a valid tag: skipped`},
		`{"tags":[]}`:                                                {nil, ""},
		`{"tags":null}`:                                              {nil, ""},
	} {
		server := registrytest.New(t, registrytest.Options{})
		answer(server, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		var warned []string
		o := Options{Warn: func(text string) { warned = append(warned, text) }}
		got, err := open(t, o, server.Host(), "app")[0].Tags(t.Context())
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v", body, got, err)
		}
		if said := strings.Join(warned, "\n"); !strings.Contains(said, test.warns) || len(warned) > 1 || test.warns == "" && len(warned) > 0 {
			t.Errorf("%s: it warns %q", body, warned)
		}
	}
}

// Where a list goes on is up to the registry, but it stays there, and ends.
func TestHostileLists(t *testing.T) {
	elsewhere, stolen := thief(t)
	for name, test := range map[string]struct{ header, body, says string }{
		"another host":     {"<" + elsewhere + `/v2/app/tags/list>; rel="next"`, `{"tags":["1"]}`, "the next page of the list is not on the registry"},
		"another scheme":   {`<gopher://HOST/v2/app/tags/list>; rel="next"`, `{"tags":["1"]}`, "the next page of the list is not on the registry"},
		"no URL":           {`<http://[>; rel=next`, `{"tags":["1"]}`, "the next page of the list is not on the registry"},
		"itself":           {`</v2/app/tags/list>; rel="next"`, `{"tags":[]}`, "more than 1000 pages"},
		"too many":         {`</v2/app/tags/list>; rel="next"`, `{"tags":[` + strings.Repeat(`"1",`, 30_000) + `"1"]}`, "the repository has more than 100000 tags, which is the limit"},
		"no tag":           {"", `{"tags":["../../etc"]}`, "the answer is not a list of tags"},
		"an escape":        {"", `{"tags":["\u001b[2J"]}`, "the answer is not a list of tags"},
		"no list":          {"", `[1]`, "the answer is not a list of tags"},
		"larger than that": {"", `{"tags":["` + strings.Repeat("a", registry.MaxManifest) + `"]}`, "limit of 4 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			server := registrytest.New(t, registrytest.Options{Auth: registrytest.BasicAuth, Users: tokenAuth.Users})
			server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if _, _, ok := r.BasicAuth(); !ok || !strings.HasSuffix(r.URL.Path, "/list") {
					return false
				}
				if test.header != "" {
					w.Header().Set("Link", strings.ReplaceAll(test.header, "HOST", server.Host()))
				}
				fmt.Fprint(w, test.body)
				return true
			})
			_, err := open(t, Options{Credentials: login}, server.Host(), "app")[0].Tags(t.Context())
			if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %.300v", err)
			}
		})
	}
	if got := stolen(); got != "" {
		t.Errorf("somebody else was sent %s", got)
	}
}

// A page of as many tags as a repository may have is read. A page of many more values is refused before it is decoded.
func TestValuesOfTagLists(t *testing.T) {
	full := func(head, unit string) string {
		return head + strings.Repeat(unit, (registry.MaxManifest-len(head)-10)/len(unit)) + unit[:len(unit)-1] + "]}"
	}
	most := `{"name":"app","tags":["0"` + strings.Repeat(`,"1234567890"`, maxTags-1) + "]}"
	manifests := `{"child":[],"name":"app","tags":["1"],"manifest":{"a":{}` +
		strings.Repeat(`,"sha256:0":{"imageSizeBytes":"1","layerId":"","mediaType":"m","tag":["1"],"timeCreatedMs":"1"}`, 40_000) + "}}"
	for name, test := range map[string]struct {
		body, says string // says is empty where the page is read
		distinct   int
	}{
		"as many tags as there may be": {most, "", 2},
		"manifests beside the tags":    {manifests, "", 1},
		"arrays":                       {full(`{"tags":[`, "[],"), "more than 400000 values", 0},
		"empty strings":                {full(`{"tags":[`, `"",`), "more than 400000 values", 0},
		"nulls":                        {full(`{"tags":[`, "null,"), "more than 400000 values", 0},
		"objects beside the tags":      {full(`{"tags":["1"],"x":[`, "{},"), "more than 400000 values", 0},
		"nested arrays":                {full(`{"tags":[`, "[["), "nested more than 100 deep", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := registrytest.New(t, registrytest.Options{})
			answer(server, http.MethodGet, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, test.body) })
			tags, err := open(t, Options{}, server.Host(), "app")[0].Tags(t.Context())
			switch {
			case test.says == "" && (err != nil || len(tags) != test.distinct):
				t.Errorf("%d tags, error %v", len(tags), err)
			case test.says != "" && (!errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), test.says)):
				t.Errorf("error %.300v, want %q", err, test.says)
			}
			if cost := memoryOf(func() { decodeTags([]byte(test.body)) }) - uint64(len(test.body)); test.says != "" && cost > 1<<20 {
				t.Errorf("refusing the page takes %d bytes more than the page", cost)
			}
		})
	}
}

// memoryOf is how many bytes do allocates.
func memoryOf(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzNextPage(f *testing.F) {
	for _, seed := range []string{`</v2/a/tags/list?n=2&last=b>; rel="next"`, `<a>;rel=prev, <b>;  REL=next`, "<a", "<>;rel=next,", ">,<", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		link, ok := nextPage(http.Header{"Link": {header}})
		if ok && !strings.Contains(header, "<"+link+">") {
			t.Errorf("%q: %q", header, link)
		}
	})
}

func TestNextPage(t *testing.T) {
	for header, want := range map[string]string{
		`</v2/a/tags/list?n=2&last=b>; rel="next"`:  "/v2/a/tags/list?n=2&last=b",
		`<a>; rel="prev", <b,c>; title=x; Rel=next`: "b,c",
		`<a>; rel="prev"`:                           "",
		`<a`:                                        "",
	} {
		if got, ok := nextPage(http.Header{"Link": {header}}); got != want || ok != (want != "") {
			t.Errorf("%s: %q", header, got)
		}
	}
}
