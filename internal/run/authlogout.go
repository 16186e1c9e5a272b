package run

import (
	"context"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

// AuthLogout removes the login for a registry, or all logins of the file if the word is empty.
func (r *Runner) AuthLogout(ctx context.Context, word string, o GlobalOptions) error {
	r.showDebug(o)
	if word == "" {
		return r.logoutAll(ctx, o)
	}
	key, file, err := r.loginFile(word, o)
	if err != nil {
		return err
	}
	erased, err := file.Erase(ctx, key)
	if erased {
		r.out.SayErased([]string{key.String()}, file.Name())
	}
	switch {
	case err != nil:
		return err
	case !erased:
		r.out.Warnf("%s has no login for %s", file.Name(), key)
	}
	r.warnOfRemaining(ctx, key, o)
	return nil
}

func (r *Runner) logoutAll(ctx context.Context, o GlobalOptions) error {
	file, err := auth.FileOf(r.authOptions(o))
	if err != nil {
		return output.Usage(err)
	}
	keys, err := file.EraseAll(ctx)
	r.out.SayErased(keys, file.Name())
	if len(keys) == 0 && err == nil {
		r.out.Warnf("%s has no logins", file.Name())
	}
	return err
}

// warnOfRemaining warns of a login that commands still find for the registry.
func (r *Runner) warnOfRemaining(ctx context.Context, key auth.Key, o GlobalOptions) {
	logins, err := auth.List(ctx, r.authOptions(o))
	if err != nil {
		r.out.Debugf("not all logins can be listed: %v", err)
	}
	for _, l := range logins {
		if l.Kind != auth.FromHelper && key.Covers(l.Key) {
			r.out.Warnf("%s still has a login: %s", l.Key, l.Source.Place)
		}
	}
}

// AuthList prints the logins that are stored, without their secrets.
func (r *Runner) AuthList(ctx context.Context, asJSON bool, o GlobalOptions) error {
	r.showDebug(o)
	logins, err := auth.List(ctx, r.authOptions(o))
	exposed := map[string]bool{}
	for _, l := range logins {
		if l.Source.Exposed && !exposed[l.Source.Place] {
			exposed[l.Source.Place] = true
			r.warnOfExposed(l.Source)
		}
	}
	if printErr := r.out.PrintLogins(logins, asJSON); printErr != nil {
		return printErr
	}
	return err
}

func (r *Runner) warnOfExposed(s auth.Source) {
	r.out.Warnf("%s contains secrets, but other users of this machine can read it: run chmod 600 on the file", s.Place)
}
