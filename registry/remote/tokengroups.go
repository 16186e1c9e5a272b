package remote

import (
	"iter"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

const (
	// maxTokenScopes is how many repositories one token is requested for. The scopes are part of a URL, and mostly of
	// the token, which is part of a header.
	maxTokenScopes = 40
	// maxScopeBytes limits their length, because servers often refuse more than 8 KiB of headers.
	maxScopeBytes = 4 << 10
	// shrinkScopes divides the number of repositories if a token server refuses a long request.
	shrinkScopes = 4
)

// tokenGroups divide the repositories of a client into groups that have a token each. A repository that is used for
// several images may be in several groups.
type tokenGroups struct {
	limit int // repositories in a group
	all   []*tokenGroup
	of    map[name.Repository][]*tokenGroup
}

// groupsOf makes groups of uses. Each value of together is the uses that one token should hold, because they are for the
// same image: a mount needs a token for its source and its target. The groups follow the order of the uses.
func groupsOf(together iter.Seq[[]Use], limit int) *tokenGroups {
	g := &tokenGroups{limit: limit, of: map[name.Repository][]*tokenGroup{}}
	for uses := range together {
		g.add(uses)
	}
	return g
}

// add puts uses into one group: one that holds them already, the last one with the same target, the last of all, or a
// new one. Uses that are too many for a group are divided.
func (g *tokenGroups) add(uses []Use) {
	if len(uses) == 0 || g.find(uses) != nil {
		return
	}
	for _, group := range g.candidates(uses) {
		if group.hasRoomFor(uses, g.limit) {
			g.put(group, uses)
			return
		}
	}
	if group := g.newGroup(); group.hasRoomFor(uses, g.limit) {
		g.put(group, uses)
		return
	}
	g.divide(uses)
}

func (g *tokenGroups) candidates(uses []Use) (groups []*tokenGroup) {
	if same := g.of[uses[0].Repository]; len(same) > 0 {
		groups = append(groups, same[len(same)-1])
	}
	if len(g.all) > 0 {
		groups = append(groups, g.all[len(g.all)-1])
	}
	return groups
}

// divide makes groups with some of the targets and some of the sources each.
func (g *tokenGroups) divide(uses []Use) {
	isSource := func(u Use) bool { return !u.Push }
	targets := slices.DeleteFunc(slices.Clone(uses), isSource)
	sources := slices.DeleteFunc(slices.Clone(uses), func(u Use) bool { return u.Push })
	if len(targets) == 0 {
		g.fill(nil, sources)
	}
	for some := range slices.Chunk(targets, max(g.limit/2, 1)) {
		g.fill(some, sources)
	}
}

// fill makes groups that have all of the targets, and some of the sources each.
func (g *tokenGroups) fill(targets, sources []Use) {
	group := g.newGroup()
	g.put(group, targets)
	for i, source := range sources {
		if i > 0 && !group.hasRoomFor([]Use{source}, g.limit) {
			group = g.newGroup()
			g.put(group, targets)
		}
		g.put(group, []Use{source})
	}
}

// newGroup returns an empty group, which the next put adds to all groups.
func (g *tokenGroups) newGroup() *tokenGroup { return &tokenGroup{push: map[name.Repository]bool{}} }

func (g *tokenGroups) put(group *tokenGroup, uses []Use) {
	if len(group.order) == 0 && len(uses) > 0 {
		g.all = append(g.all, group)
	}
	for _, use := range uses {
		if _, ok := group.push[use.Repository]; !ok {
			g.of[use.Repository] = append(g.of[use.Repository], group)
		}
		group.put(use)
	}
}

// find returns a group whose token holds all uses, or nil.
func (g *tokenGroups) find(uses []Use) *tokenGroup {
	fewest := g.of[uses[0].Repository]
	for _, use := range uses[1:] {
		if of := g.of[use.Repository]; len(of) < len(fewest) {
			fewest = of
		}
	}
	for _, group := range fewest {
		if !slices.ContainsFunc(uses, func(u Use) bool { return !group.holds(u) }) {
			return group
		}
	}
	return nil
}

// A tokenGroup is repositories that share a token.
type tokenGroup struct {
	order []name.Repository
	push  map[name.Repository]bool // by all repositories of the group
	bytes int                      // of the scopes
	key   string                   // the scopes, if they were asked for
	apart bool                     // a token for the group does not work: each request needs one of its own
}

func (g *tokenGroup) put(use Use) {
	push, ok := g.push[use.Repository]
	if !ok {
		g.order = append(g.order, use.Repository)
		g.bytes += use.scopeBytes()
	}
	g.push[use.Repository] = push || use.Push
}

func (g *tokenGroup) holds(use Use) bool {
	push, ok := g.push[use.Repository]
	return ok && (push || !use.Push)
}

func (g *tokenGroup) hasRoomFor(uses []Use, limit int) bool {
	n, bytes := len(g.order), g.bytes
	for _, use := range uses {
		if _, ok := g.push[use.Repository]; !ok {
			n, bytes = n+1, bytes+use.scopeBytes()
		}
	}
	return n <= limit && bytes <= maxScopeBytes
}

// scopes returns the scopes of a token for the group. The group must be complete.
func (g *tokenGroup) scopes() string {
	if g.key == "" {
		uses := make([]Use, len(g.order))
		for i, repository := range g.order {
			uses[i] = Use{repository, g.push[repository]}
		}
		g.key = scopesOf(uses)
	}
	return g.key
}

// scopeBytes is the length of the scope in the URL of a request, at most.
func (u Use) scopeBytes() int {
	return len("&scope=repository::push,pull") + len(u.Repository.RepositoryStr())
}

// scopesOf returns the scopes of uses.
func scopesOf(uses []Use) string {
	words := make([]string, len(uses))
	for i, use := range uses {
		words[i] = use.scope()
	}
	return strings.Join(words, " ")
}
