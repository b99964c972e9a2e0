package config

import "github.com/prefect-ecs/prefect-ecs-worker/settings"

// checkReach: a worker without a way out stays in PENDING, or runs and polls
// nothing. Terraform takes the rule away that AWS gives to a new group.
func (e *Environment) checkReach() { e.checkReachOf(&e.SecurityGroup) }

func (e *Environment) checkReachOf(s *settings.SecurityGroup) {
	url := e.Prefect.APIURL
	if e.Wrong(&s.Egress) {
		return
	}
	for i := range s.Egress {
		if e.Wrong(&s.Egress[i].Protocol) || e.Wrong(&s.Egress[i].FromPort) || e.Wrong(&s.Egress[i].ToPort) {
			return
		}
	}
	if !s.Reaches(443) {
		e.Fail(&s.Egress, "no rule lets the worker reach tcp 443, through which it gets its image and its key and writes its logs; "+
			"add {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}")
	} else if url != nil && !e.Wrong(&e.Prefect.APIURL) && !e.exposes(&e.Prefect.APIURL) && !s.Reaches(settings.APIPort(*url)) {
		e.Fail(&s.Egress, "no rule lets the worker reach tcp %d, the port of prefect.apiUrl %s", settings.APIPort(*url), *url)
	}
}
