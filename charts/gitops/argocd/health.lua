-- The health of a MergeExperiment in Argo CD: what its conditions say, once they speak of the spec that is there now.
local health = { status = "Progressing", message = "the operator has not looked at it yet" }

local status = obj.status
if status == nil or status.conditions == nil then
  return health
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end

local function is_true(condition)
  return condition ~= nil and condition.status == "True"
end

local function say(state, condition)
  health.status = state
  health.message = condition.reason .. ": " .. (condition.message or "")
  return health
end

local ready = conditions.Ready
if ready == nil or (ready.observedGeneration or 0) < (obj.metadata.generation or 0) then
  return health
end
if is_true(conditions.Stalled) then
  return say("Degraded", conditions.Stalled)
end
if conditions.Succeeded ~= nil and conditions.Succeeded.status == "False" then
  return say("Degraded", conditions.Succeeded)
end
if is_true(conditions.Succeeded) then
  return say("Healthy", conditions.Succeeded)
end
if ready.reason == "Suspended" then
  return say("Suspended", ready)
end
return say("Progressing", ready)
