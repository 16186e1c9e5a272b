package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run"
)

// ratesOf returns the rates of --rate by registry, with those for all other registries under the name "".
func ratesOf(c *cli.Context) (map[string]run.Rates, error) {
	list := words(c.StringSlice(flagRate))
	if c.IsSet(flagRate) && len(list) == 0 {
		return nil, emptyList(flagRate)
	}
	rates := map[string]run.Rates{}
	for _, word := range list {
		host, text, found := strings.Cut(word, "=")
		if !found {
			host, text = "", word
		} else if r, err := name.NewRegistry(host, name.StrictValidation); err != nil {
			return nil, output.Usagef("--%s %q: give a host before the =, such as registry.example:5000=300/m", flagRate, word)
		} else {
			host = r.RegistryStr()
		}
		of := rates[host]
		if err := setRate(&of, text); err != nil {
			return nil, output.Usagef("--%s %q: %v", flagRate, word, err)
		}
		rates[host] = of
	}
	return rates, nil
}

// maxRate is the maximum number of requests in a period. Their times are kept in memory.
const maxRate = 1_000_000

// setRate reads a rate such as 300/m, 100/6h or 60/m:writes.
func setRate(rates *run.Rates, text string) error {
	text, kind, _ := strings.Cut(text, ":")
	rate := map[string]*run.Rate{"": &rates.All, "reads": &rates.Reads, "writes": &rates.Writes}[kind]
	switch {
	case rate == nil:
		return errors.New("a rate is for all requests, or ends with :reads or :writes")
	case rate.N > 0:
		return errors.New("this registry has such a rate already")
	}
	number, period, _ := strings.Cut(text, "/")
	if period != "" && strings.Trim(period[:1], "0123456789") != "" {
		period = "1" + period
	}
	n, err := strconv.Atoi(number)
	per, perErr := time.ParseDuration(period)
	if err != nil || perErr != nil || n < 1 || n > maxRate || per < time.Second || per > 24*time.Hour {
		return fmt.Errorf("give a number of requests from 1 to %d and a period from 1s to 24h, such as 10/s, 300/m or 5000/h", maxRate)
	}
	*rate = run.Rate{N: n, Per: per}
	return nil
}
