package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// manyRepositories returns specs whose targets and sources are repositories of their own: n of each.
func manyRepositories(t *testing.T, s *stage, n int) (file string) {
	var specs strings.Builder
	for i := range n {
		fmt.Fprintf(&specs, "---\nimage: reg.test/app%d:1\nmanifests:\n", i)
		for _, arch := range []string{"amd64", "arm64"} {
			s.registry[regHost].Push(t, fmt.Sprint("src", i), arch, registrytest.Image{Architecture: arch, Seed: fmt.Sprint(i)}.Build())
			fmt.Fprintf(&specs, "- image: reg.test/src%d:%s\n", i, arch)
		}
	}
	file = filepath.Join(t.TempDir(), "specs.yaml")
	if err := os.WriteFile(file, []byte(specs.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// tokensAsked are the numbers of repositories that tokens were requested for, by the status of the answers.
func tokensAsked(requests []registrytest.Request) map[int][]int {
	asked := map[int][]int{}
	for _, r := range requests {
		if r.Kind() == registrytest.Token {
			asked[r.Status] = append(asked[r.Status], len(r.Query["scope"]))
		}
	}
	for _, sizes := range asked {
		slices.Sort(sizes)
	}
	return asked
}

// A run over many repositories requests a token for each group of them, and tokens for several groups at the same time.
// Token servers that take no long requests, and tokens that hold one repository, cost more requests, but no image.
func TestTokensOfManyRepositories(t *testing.T) {
	const latency = 50 * time.Millisecond
	lastOnly := func(_ http.ResponseWriter, r *http.Request) bool { // as GitLab's once did
		if query := r.URL.Query(); r.URL.Path == "/token" {
			query["scope"] = query["scope"][len(query["scope"])-1:]
			r.URL.RawQuery = query.Encode()
		}
		return false
	}
	refuses := func(status, most int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			long := r.URL.Path == "/token" && len(r.URL.Query()["scope"]) > most
			if long {
				w.WriteHeader(status)
			}
			return long
		}
	}
	for name, test := range map[string]struct {
		n         int
		life      time.Duration
		intercept func(http.ResponseWriter, *http.Request) bool
		tokens    int // at most
		refused   map[int]int
		took      time.Duration // at most
	}{
		"400 repositories": {n: 200, tokens: 10, took: 7 * time.Second},
		"short life":       {n: 120, life: 2 * time.Second, tokens: 12, took: 5 * time.Second},
		"414":              {n: 40, intercept: refuses(414, 12), tokens: 8, refused: map[int]int{414: 1}, took: 3 * time.Second},
		"400":              {n: 40, intercept: refuses(400, 4), tokens: 40, refused: map[int]int{400: 2}, took: 4 * time.Second},
		"431 for two":      {n: 40, intercept: refuses(431, 1), tokens: 160, refused: map[int]int{431: 82}, took: 6 * time.Second},
		"one repository":   {n: 40, intercept: lastOnly, tokens: 204, took: 8 * time.Second},
		"403 for two":      {n: 40, intercept: refuses(403, 1), tokens: 120, refused: map[int]int{403: 42}, took: 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sc := scenario{options: withTokens}
				sc.options.Latency, sc.options.TokenLife = latency, test.life
				s := newStage(sc.hostOptions(), nil)
				defer s.close()
				file := manyRepositories(t, s, test.n)
				s.network.Latency = latency
				s.registry[regHost].Intercept(test.intercept)
				o := s.run(t, withTokens.Users["ci"], "push", "from-spec", "--plain-http", "--username", "ci", "--password-stdin", "--quiet", file)
				if o.code != output.ExitDone {
					t.Fatalf("exit %d\n%s", o.code, o.stderr)
				}
				requests := s.registry[regHost].Requests()
				asked := tokensAsked(requests)
				t.Logf("%d requests, %d one after another, %s, tokens for %v repositories", len(requests), registrytest.Chain(requests), o.took, asked)
				if n := len(asked[200]); n > test.tokens {
					t.Errorf("%d tokens, want at most %d", n, test.tokens)
				}
				refused := map[int]int{}
				for status, sizes := range asked {
					if status != 200 && len(sizes) > test.refused[status] {
						refused[status] = len(sizes)
					}
				}
				if len(refused) > 0 {
					t.Errorf("refused requests for tokens: %v, want at most %v", refused, test.refused)
				}
				if o.took > test.took {
					t.Errorf("it took %s, more than %s", o.took, test.took)
				}
				unauthorized := 0
				for _, r := range requests {
					if r.Status == http.StatusUnauthorized {
						unauthorized++
					}
				}
				if test.intercept == nil && unauthorized > 1 {
					t.Errorf("%d requests were refused", unauthorized)
				}
				for i := range test.n {
					if err := s.registry[regHost].Complete(fmt.Sprint("app", i), "1"); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// A token server that gives no token for some of the repositories costs their images, and no others. A token server that
// refuses the password is not asked for each image.
func TestDeniedRepositories(t *testing.T) {
	const n = 80
	for name, test := range map[string]struct {
		denied   int    // of the repositories of targets and sources each, from 0 on
		password string // the right one if empty
		done     int
		refused  int // requests for tokens, at most
	}{
		"a few":          {3, "", n - 3, 6},
		"the first ones": {30, "", n - 30, 62},
		"most":           {70, "", n - 70, 144},
		"all":            {n, "", 0, 164},
		"wrong password": {0, "wrong", 0, 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sc := scenario{options: withTokens}
				sc.options.Latency = 50 * time.Millisecond
				s := newStage(sc.hostOptions(), nil)
				defer s.close()
				file := manyRepositories(t, s, n)
				s.registry[regHost].Intercept(denying(test.denied))
				o := s.run(t, cmp.Or(test.password, withTokens.Users["ci"]), "push", "from-spec", "--plain-http", "--username", "ci", "--password-stdin", "--quiet", file)
				refused := 0
				for status, sizes := range tokensAsked(s.registry[regHost].Requests()) {
					if status != http.StatusOK {
						refused += len(sizes)
					}
				}
				if done := strings.Count(o.stdout, "Digest: "); done != test.done || refused > test.refused {
					t.Errorf("%d images pushed, want %d; %d requests for tokens refused\n%.2000s", done, test.done, refused, o.stderr)
				}
			})
		})
	}
}

// denying is a token server as GitLab's: a token lacks the repositories that are denied, and there is none without
// repositories.
func denying(n int) func(http.ResponseWriter, *http.Request) bool {
	isDenied := func(scope string) bool {
		number, err := strconv.Atoi(strings.TrimLeft(strings.Split(scope, ":")[1], "aprsc"))
		return err == nil && number < n
	}
	return func(w http.ResponseWriter, r *http.Request) bool {
		query := r.URL.Query()
		if r.URL.Path != "/token" {
			return false
		}
		query["scope"] = slices.DeleteFunc(query["scope"], isDenied)
		if r.URL.RawQuery = query.Encode(); len(query["scope"]) > 0 {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"errors":[{"code":"DENIED","message":"access forbidden"}]}`)
		return true
	}
}
