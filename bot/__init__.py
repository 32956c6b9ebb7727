"""
Panopticon: every EC2 security group change, in Slack, in words a person can judge in five seconds.

Start reading here. Three functions of Lambda run this package, one role each (bot.handlers):

    CloudTrail ─▶ EventBridge rule ─▶ SQS ─▶ events ─┐              ┌─▶ Slack's Web API
    Slack ─▶ Function URL ───────────────▶ slack ────┼▶ workflows ──┼─▶ DynamoDB, one table
    schedule, jobs queue ────────────────▶ worker ───┘              └─▶ EC2, reads

What an event goes through:

1. `handlers.events` takes it off the queue; `workflows.report` has `core.cloudtrail` read it into a
   SecurityGroupChange, `core.assessment` judge it, and `core.alerts` make an Alert of both.
2. `aws.store` keeps the event, the change and the alert in one transaction: an event that was taken before ends here.
3. `workflows.draw` has `slack.cards` draw the alert and `slack.notifier` post it, and stores where the card is.
4. A group that nobody has told of is read by the worker (`workflows.observe`), and its name put on the card.

What a click goes through:

1. `handlers.slack` hands the request to `slack.http`, which lets through only what Slack has signed.
2. Bolt finds the function in `slack.listeners`, or in `slack.questions` and `slack.ledger_questions` for the command and its
   answers. Acknowledge is one conditional write of `aws.store`, then a drawing as
   above. What needs EC2 opens a modal at once and becomes a job; `handlers.worker` fills the modal.

Imports point inwards: `core` knows nothing of the rest and touches nothing outside; `workflows` know `core` and speak to
the world through Protocols (`workflows.ports`); `aws` and `slack` implement them; `parts` and `handlers` see everything.
docs/architecture.md says why things are as they are.
"""
