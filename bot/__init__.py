"""
Panopticon: every EC2 security group change, in Slack, in words a person can judge in five seconds.

Start reading here. Three functions of Lambda run this package, one role each (bot.handlers):

    CloudTrail ─▶ EventBridge rule ─▶ SQS ─▶ events ─┐              ┌─▶ Slack's Web API
    Slack ─▶ Function URL ───────────────▶ slack ────┼▶ workflows ──┼─▶ DynamoDB, one table
    schedule, jobs queue ────────────────▶ worker ───┘              └─▶ EC2, reads

What an event goes through:

1. `handlers.events` takes it off the queue; `workflows.report` has `core.cloudtrail` read it into a SecurityGroupChange.
2. `workflows.ledgers` folds the group's facts with it (`core.fold`): what the group held before and holds after. `core.meaning`
   says what that comes to, `core.assessment` judges it, and `core.alerts` makes an Alert of all three.
3. `aws.store` keeps the event, the change, the alert and how far the ledger has come in one transaction: an event that was taken
   before ends here, and one that met an older ledger is folded again.
4. `workflows.draw` has `slack.cards` draw the alert and `slack.notifier` post it, and stores where the card is.
5. What the facts do not tell, the worker reads from EC2 (`workflows.observe`, and all groups once a day: `workflows.baseline`);
   then the alerts are told again (`workflows.tell_again`), and closed where nothing of what they told is open any more.

What a click goes through:

1. `handlers.slack` hands the request to `slack.http`, which lets through only what Slack has signed.
2. Bolt finds the function in `slack.listeners`, or in `slack.questions` and `slack.ledger_questions` for the command and its
   answers. Acknowledge is one conditional write of `aws.store`, then a drawing as above. What needs EC2 opens a modal at
   once and becomes a job; `handlers.worker` fills the modal (`work`).

Imports point inwards: `core` knows nothing of the rest and touches nothing outside; `workflows` know `core` and speak to
the world through Protocols (`workflows.ports`); `aws` and `slack` implement them; `parts` and `handlers` see everything.
docs/architecture.md says why things are as they are.
"""
