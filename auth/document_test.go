package auth

import (
	"encoding/json"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
)

// FuzzEdited: whatever a sound file holds, a login that is put into it is found, and the same login again changes nothing.
func FuzzEdited(f *testing.F) {
	for _, text := range []string{"", "{}", "null", `{"auths": {"quay.io": {"auth": "eDp5"}, "https://quay.io/v1/": {}}, "x": [1, {"y": null}]}`, `{"AUTHS": null}`,
		`{"auths": {"quay.io": null}}`, `{"a": 1, "a": 2}`, `{"auths": {"quay.io": {"AUTH": "x", "auth": "y", "email": "z"}}}`, "{\"\\u0061uths\": {}}"} {
		f.Add([]byte(text))
	}
	key, err := ParseKey("quay.io")
	if err != nil {
		f.Fatal(err)
	}
	login := authn.AuthConfig{Username: "me", Password: "secret"}
	put := func(auths document) (document, error) { return File{}.put(auths, key, login) }
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := parse(raw); err != nil {
			return
		}
		changed, err := editedText(raw, put)
		if err != nil {
			return
		}
		c, err := parse(changed)
		if err != nil || !json.Valid(changed) {
			t.Fatalf("%q becomes %q: %v", raw, changed, err)
		}
		if found, err := c.lookup(key.Repository()); err != nil || found.AuthConfig != login {
			t.Errorf("%q becomes %q: found %+v, %v", raw, changed, found.AuthConfig, err)
		}
		if again, err := editedText(changed, put); err != nil || string(again) != string(changed) {
			t.Errorf("%q is changed again to %q, %v", changed, again, err)
		}
	})
}
