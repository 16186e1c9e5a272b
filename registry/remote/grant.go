package remote

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// Most token servers show the actions that a token allows: in a field "scope" beside the token
// (RFC 6749, section 5.1), or in the token itself, if the token is a JWT
// (https://distribution.github.io/distribution/spec/auth/jwt/). Reports show these actions, decisions ignore them.

// actions returns the actions that the token allows on a repository, and whether they are known.
func (t token) actions(repository string) ([]string, bool) {
	if t.scope != nil {
		return scopeActions(*t.scope, repository), true
	}
	return claimedActions(t.secret, repository)
}

func scopeActions(scope, repository string) []string {
	var all []string
	for word := range strings.FieldsSeq(scope) {
		if list, ok := strings.CutPrefix(word, "repository:"+repository+":"); ok {
			all = append(all, strings.Split(list, ",")...)
		}
	}
	return inOrder(all)
}

func claimedActions(jwt, repository string) ([]string, bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, false
	}
	var claims struct {
		Access *[]struct {
			Type, Name string
			Actions    []string
		}
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Access == nil {
		return nil, false
	}
	var all []string
	for _, access := range *claims.Access {
		if access.Type == "repository" && access.Name == repository {
			all = append(all, access.Actions...)
		}
	}
	return inOrder(all), true
}

// inOrder sorts actions and limits their number.
func inOrder(actions []string) []string {
	for i, action := range actions {
		actions[i] = refusal.Shorten(action)
	}
	slices.Sort(actions)
	actions = slices.Compact(actions)
	return actions[:min(len(actions), 10)]
}
