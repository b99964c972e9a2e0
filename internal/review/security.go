package review

// security is what a change opens, allows or leaves without protection, and what it
// closes: whichever resources say so.
func security(in Input) []Line { return nil }

// rule is one of a security group.
type rule struct{ protocol, from, to string }

// ports says which a rule is about.
func (r rule) ports() string {
	switch {
	case r.protocol == "-1" || r.protocol == "all":
		return "all ports"
	case r.from == r.to || r.to == "":
		return r.protocol + " " + r.from
	}
	return r.protocol + " " + r.from + "-" + r.to
}
