package cli

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// words splits lists at commas. It drops blanks around words, and empty words.
func words(lists []string) []string {
	var all []string
	for _, list := range lists {
		for word := range strings.SplitSeq(list, ",") {
			if word = strings.TrimSpace(word); word != "" {
				all = append(all, word)
			}
		}
	}
	return all
}

// platformsOf returns the platforms that a flag lists, if the flag is given.
func platformsOf(c *cli.Context, flag string) ([]v1.Platform, error) {
	list := words(c.StringSlice(flag))
	if c.IsSet(flag) && len(list) == 0 {
		return nil, emptyList(flag)
	}
	return parsePlatforms(list, "--"+flag, c.Bool(flagAllowUnknown))
}

// parsePlatforms parses words for platforms. The name of the list is for messages.
func parsePlatforms(list []string, name string, allowUnknown bool) ([]v1.Platform, error) {
	var all []v1.Platform
	for _, word := range list {
		platform, err := platforms.Parse(word)
		if platform = platforms.Normalise(platform); err == nil && !allowUnknown {
			err = platforms.Check(platform)
		}
		if err != nil {
			return nil, output.Usagef("%s: %v", name, err)
		}
		all = append(all, platform)
	}
	return all, nil
}

// hostsOf returns the hosts that a flag lists, each as a registry names itself.
func hostsOf(c *cli.Context, flag string) ([]string, error) {
	var hosts []string
	for _, word := range words(c.StringSlice(flag)) {
		host, err := name.NewRegistry(word, name.StrictValidation)
		if err != nil {
			return nil, output.Usagef("--%s %q: give a host, such as registry.example:5000", flag, word)
		}
		hosts = append(hosts, host.RegistryStr())
	}
	if c.IsSet(flag) && hosts == nil {
		return nil, emptyList(flag)
	}
	return hosts, nil
}

func emptyList(flag string) error {
	return output.Usagef("--%s is empty: is a variable not set?", flag)
}
