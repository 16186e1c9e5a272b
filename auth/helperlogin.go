package auth

import (
	"context"
	"encoding/json"

	"github.com/google/go-containerregistry/pkg/authn"
)

// storeInHelper gives a login to a helper. The login is in no argument and no variable.
func storeInHelper(ctx context.Context, helper, server string, login authn.AuthConfig) error {
	given := struct{ ServerURL, Username, Secret string }{server, login.Username, login.Password}
	if login.IdentityToken != "" {
		given.Username, given.Secret = tokenUser, login.IdentityToken
	}
	raw, err := json.Marshal(given)
	if err != nil {
		return err
	}
	_, err = runHelper(ctx, helper, "store", string(raw))
	return err
}

// eraseInHelper removes a login from a helper, and reports whether there was one.
func eraseInHelper(ctx context.Context, helper, server string) (bool, error) {
	if found, err := askHelper(ctx, helper, server); err != nil || found == (authn.AuthConfig{}) {
		return false, err
	}
	_, err := runHelper(ctx, helper, "erase", server)
	return err == nil, err
}

// listHelper returns the user names of the logins that a helper keeps, by server.
func listHelper(ctx context.Context, helper string) (map[string]string, error) {
	raw, err := runHelper(ctx, helper, "list", "")
	if err != nil {
		return nil, err
	}
	var listed map[string]string
	if json.Unmarshal(raw, &listed) != nil {
		return nil, &HelperError{Helper: helper, Server: "the list of logins", Err: errHelperAnswer}
	}
	return listed, nil
}
